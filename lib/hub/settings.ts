/** Where models come from and where they are kept, by the environment variables of Python's huggingface_hub. */

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ConfigError } from "../errors.js";

/** What the environment says about the hub. */
export interface HubSettings {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** Folder of all cached models. */
  readonly cacheDirectory: string;
  /** Sent to the endpoint and to no other host. */
  readonly token: string | undefined;
  /** Whether only the cache may be used. */
  readonly isOffline: boolean;
}

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN, HF_TOKEN_PATH and HF_HUB_OFFLINE, with the older
 * names HUGGINGFACE_HUB_CACHE, HUGGING_FACE_HUB_TOKEN and TRANSFORMERS_OFFLINE.
 *
 * @throws ConfigError  when the endpoint is no address, or the token cannot be one
 * @source huggingface_hub 0.34, constants.py and utils/_auth.py
 */
export async function hubSettings(env: Environment): Promise<HubSettings> {
  const endpoint = (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  if (!isWebAddress(endpoint)) {
    throw new ConfigError(`HF_ENDPOINT must be an address that starts with https://; it is "${endpoint}". Unset it.`, {
      endpoint,
    });
  }
  const offline = env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE || "";
  return {
    endpoint,
    cacheDirectory: hubCacheDirectory(env),
    token: await readToken(env),
    isOffline: ["1", "ON", "YES", "TRUE"].includes(offline.toUpperCase()),
  };
}

/** The folder of all cached models: the one that Python's libraries use. */
export function hubCacheDirectory(env: Environment): string {
  const explicit = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  return explicit ? expand(explicit, env) : join(hubHome(env), "hub");
}

function isWebAddress(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

function hubHome(env: Environment): string {
  if (env.HF_HOME) return expand(env.HF_HOME, env);
  return join(env.XDG_CACHE_HOME ? expand(env.XDG_CACHE_HOME, env) : join(home(env), ".cache"), "huggingface");
}

async function readToken(env: Environment): Promise<string | undefined> {
  const path = env.HF_TOKEN_PATH ? expand(env.HF_TOKEN_PATH, env) : join(hubHome(env), "token");
  const variable = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN;
  const token = (variable || (await readFile(path, "utf8").catch(() => ""))).trim();
  if (token === "") return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const source = variable ? "HF_TOKEN" : path;
  throw new ConfigError(
    `The token in ${source} must be one word of plain letters, such as hf_…; it is not. Copy it again.`,
    {
      source,
    },
  );
}

function expand(path: string, env: Environment): string {
  return resolve(path.replace(/^~(?=$|[\\/])/, () => home(env)));
}

function home(env: Environment): string {
  return env.HOME || homedir();
}
