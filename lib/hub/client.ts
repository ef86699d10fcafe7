/** Asking a hub for a model's files over HTTP. */

import { z } from "zod";
import { CheckpointError } from "../errors.js";
import { type HubModel, isCommit, pageOf } from "./modelName.js";
import { refusal } from "./refusal.js";
import { TransientError } from "./retry.js";
import type { HubSettings } from "./settings.js";

/** What the hub says about a file before it is downloaded. */
export interface RemoteFile {
  readonly name: string;
  readonly commit: string;
  /** SHA-256 (large files) or git blob SHA-1 (the others) in hex; the file's name among the blobs. */
  readonly etag: string;
  readonly sizeBytes: number;
}

const MAX_REDIRECTS = 8;

/** Names become paths of the cache: nothing may lead out of it. */
const fileListSchema = z.object({
  sha: z.string().refine(isCommit),
  siblings: z.array(
    z.object({ rfilename: z.string().refine((name) => !/(^|[/\\])\.{0,2}([/\\]|$)|[\r\n]/.test(name)) }),
  ),
});

/** Requests about one model or data set. Every failure is a `CheckpointError` or, where trying again may help, a `TransientError`. */
export class HubClient {
  constructor(
    readonly model: HubModel,
    readonly settings: HubSettings,
    private readonly signal?: AbortSignal,
  ) {}

  /** The commit that the model's revision stands for. */
  async commit(): Promise<string> {
    const response = await this.request("HEAD", this.address("config.json", this.model.revision), {});
    await response.body?.cancel();
    if (response.status >= 400) throw this.refuse(response, "config.json");
    const commit = response.headers.get("x-repo-commit") ?? "";
    if (!isCommit(commit)) throw this.noHub("config.json", "X-Repo-Commit of 40 hex digits", commit);
    return commit;
  }

  /** The commit that a data set's revision stands for, and the names of all its files there. */
  async list(): Promise<{ commit: string; files: string[] }> {
    const { endpoint } = this.settings;
    const revision = encodeURIComponent(this.model.revision);
    const response = await this.request("GET", `${endpoint}/api/${pageOf(this.model)}/revision/${revision}`, {});
    if (response.status >= 400) {
      await response.body?.cancel();
      throw this.refuse(response, "list of files");
    }
    const text = await response.text().catch((cause: unknown) => {
      this.signal?.throwIfAborted();
      throw new TransientError(`The list of files of ${this.model.id} broke off: ${reasonOf(cause)}`, undefined, {
        cause,
      });
    });
    const parsed = fileListSchema.safeParse(parseJson(text));
    if (parsed.success) return { commit: parsed.data.sha, files: parsed.data.siblings.map((file) => file.rfilename) };
    throw this.noHub("the list of files", "object with sha and siblings", text.slice(0, 80));
  }

  /** Hash and size of a file; undefined when the commit has no such file. */
  async describe(name: string, commit: string): Promise<RemoteFile | undefined> {
    const response = await this.request("HEAD", this.address(name, commit), {});
    await response.body?.cancel();
    const { headers, status } = response;
    if (status === 404) return undefined;
    if (status >= 400) throw this.refuse(response, name);
    const etag = (headers.get("x-linked-etag") ?? headers.get("etag") ?? "").replace(/^W\//, "").replaceAll('"', "");
    const size = headers.get("x-linked-size") ?? headers.get("content-length") ?? "";
    // The hash becomes a file name: nothing else may come in here.
    if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag)) throw this.noHub(name, "ETag with a SHA-1 or SHA-256", etag);
    if (!/^\d{1,15}$/.test(size)) throw this.noHub(name, "Content-Length", size);
    return { name, commit, etag, sizeBytes: Number(size) };
  }

  /** The bytes of a file from `position` on, or from 0 where the server cannot skip; `start` says which. */
  async open(file: RemoteFile, position: number): Promise<{ start: number; body: ReadableStream<Uint8Array> }> {
    const range: Record<string, string> = position > 0 ? { range: `bytes=${position}-` } : {};
    const response = await this.request("GET", this.address(file.name, file.commit), range);
    const { body, status, headers } = response;
    if ((status !== 200 && status !== 206) || body === null) {
      await body?.cancel();
      // A link to the storage behind the hub expires; the next try gets a new one.
      if (!this.isOwnHost(new URL(response.url))) {
        throw new TransientError(`The storage behind ${this.settings.endpoint} refused ${file.name} (HTTP ${status})`);
      }
      throw this.refuse(response, file.name);
    }
    if (status === 200) return { start: 0, body };
    const sent = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
    if (Number(sent) === position) return { start: position, body };
    await body.cancel();
    throw new CheckpointError(
      `The server was asked for ${file.name} from byte ${position} on; it sent "${headers.get("content-range")}". ` +
        "Delete the .incomplete files of the cache to download from the start.",
      { file: file.name, position },
    );
  }

  /** Sends a request and follows redirects, for HEAD only until the hub's own description of a large file. */
  private async request(method: "HEAD" | "GET", address: string, headers: Record<string, string>): Promise<Response> {
    let url = new URL(address);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await this.send(method, url, headers);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null) return response;
      if (method === "HEAD" && response.headers.has("x-linked-etag")) return response;
      await response.body?.cancel();
      url = new URL(location, url);
      if (!/^https?:$/.test(url.protocol)) break;
    }
    throw new CheckpointError(
      `${address} must lead to a file within ${MAX_REDIRECTS} redirects; it led to ${url.origin}. Check HF_ENDPOINT.`,
      { address },
    );
  }

  private async send(method: string, url: URL, extra: Record<string, string>): Promise<Response> {
    const { token } = this.settings;
    const headers: Record<string, string> = { "accept-encoding": "identity", "user-agent": "sptlab", ...extra };
    if (token !== undefined && this.isOwnHost(url)) headers.authorization = `Bearer ${token}`;
    const response = await fetch(url, { method, headers, redirect: "manual", signal: this.signal }).catch((cause) => {
      this.signal?.throwIfAborted();
      throw new TransientError(`${url.origin} cannot be reached: ${reasonOf(cause)}`, undefined, { cause });
    });
    if (response.status !== 408 && response.status !== 429 && response.status < 500) return response;
    await response.body?.cancel();
    const what = response.status === 429 ? "is asked too often" : "does not work at the moment";
    const asked = retryAfterMs(response.headers.get("retry-after"), response.headers.get("date"));
    throw new TransientError(`${url.origin} ${what} (HTTP ${response.status})`, asked);
  }

  private noHub(file: string, expected: string, came: string): CheckpointError {
    return new CheckpointError(
      `${this.settings.endpoint} does not answer as a Hugging Face hub: for ${file} of ${this.model.id} it must send an ` +
        `${expected}; it sent "${came}". Check HF_ENDPOINT, and whether a proxy stands between.`,
      { file, expected, came },
    );
  }

  private refuse(response: Response, file: string): CheckpointError {
    return refusal(response, file, this.model, this.settings);
  }

  private isOwnHost(url: URL): boolean {
    return url.origin === new URL(this.settings.endpoint).origin;
  }

  private address(file: string, revision: string): string {
    const { endpoint } = this.settings;
    const path = file.split("/").map(encodeURIComponent).join("/");
    return `${endpoint}/${pageOf(this.model)}/resolve/${encodeURIComponent(revision)}/${path}`;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a request or a transfer broke off, as short as it can be said. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** Retry-After is a number of seconds, or a date, which counts from the server's own. */
function retryAfterMs(text: string | null, serverDate: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.parse(serverDate ?? "");
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
