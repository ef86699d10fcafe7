/** What JupyterLab itself keeps on a server: settings, workspaces; and what it asks of one beside documents. */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { join, relative, sep } from "node:path";
import { writeAtomically } from "./atomicFile.js";
import { type Call, HttpError, type Route, readJson, sendJson, sendNothing, textField } from "./routes.js";
import { sendStatic } from "./staticFile.js";

const LIMIT_BYTES = 4 * 1024 * 1024;

type Json = Record<string, unknown>;

/** Where things are kept. */
export interface AppFolders {
  /** The built front end: `schemas/`, `themes/`, maybe `overrides.json`. */
  readonly frontend: string;
  /** The user's settings. */
  readonly settings: string;
  /** The user's layouts of this served folder. */
  readonly workspaces: string;
}

/** Routes of settings, workspaces, themes, translations, and the small answers that Lab waits for. */
export function appRoutes({ frontend, settings, workspaces }: AppFolders): readonly Route[] {
  const get = (pattern: RegExp, handle: Route["handle"]): Route => ({ method: "GET", pattern, handle });
  const say = (pattern: RegExp, value: unknown): Route =>
    get(pattern, ({ response }) => sendJson(response, 200, value));
  const fixed = (folder: string) => (call: Call) => sendStatic(call, join(frontend, folder), call.params[0] ?? "");
  const workspaceFile = (id: string): string =>
    join(workspaces, `${createHash("sha256").update(id).digest("hex").slice(0, 32)}.json`);
  const setting = /\/lab\/api\/settings\/(.+)/;
  const workspace = /\/lab\/api\/workspaces\/([^/]+)/;
  return [
    get(/\/lab\/api\/settings\/?/, async ({ response, url }) => {
      const all = await listSettings(frontend, settings);
      sendJson(response, 200, { settings: url.searchParams.get("ids_only") ? all.map(({ id }) => ({ id })) : all });
    }),
    get(setting, async ({ response, params: [id = ""] }) => {
      sendJson(response, 200, await readSetting(frontend, settings, id));
    }),
    {
      method: "PUT",
      pattern: setting,
      handle: async ({ request, response, params: [id = ""] }) => {
        await readSetting(frontend, settings, id); // only what has a schema can be set
        const raw = textField(await readJson(request, LIMIT_BYTES), "raw");
        await keep(settings, settingFile(settings, id), raw);
        sendNothing(response);
      },
    },
    get(/\/lab\/api\/workspaces\/?/, async ({ response }) => {
      const names = await readdir(workspaces).catch(() => []);
      const files = names.filter((name) => name.endsWith(".json")).map((name) => join(workspaces, name));
      const values = (await Promise.all(files.map(readObject))).filter(isWorkspace);
      sendJson(response, 200, { workspaces: { ids: values.map(({ metadata }) => metadata.id), values } });
    }),
    get(workspace, async ({ response, params: [id = ""] }) => {
      const kept = await readObject(workspaceFile(id));
      sendJson(response, 200, isWorkspace(kept) ? kept : { data: {}, metadata: { id } });
    }),
    {
      method: "PUT",
      pattern: workspace,
      handle: async ({ request, response, params: [id = ""] }) => {
        const body = await readJson(request, LIMIT_BYTES);
        if (!isWorkspace(body) || body.metadata.id !== id) throw new HttpError(400, `expected the workspace ${id}`);
        await keep(workspaces, workspaceFile(id), JSON.stringify(body));
        sendNothing(response);
      },
    },
    {
      method: "DELETE",
      pattern: workspace,
      handle: async ({ response, params: [id = ""] }) => {
        await rm(workspaceFile(id), { force: true });
        sendNothing(response);
      },
    },
    get(/\/lab\/api\/themes\/(.+)/, fixed("themes")),
    get(/\/static\/lab\/(.+)/, fixed("static")),
    say(/\/lab\/api\/translations\/?/, {
      data: { en: { displayName: "English", nativeName: "English" } },
      message: "",
    }),
    say(/\/lab\/api\/translations\/[^/]+/, { data: {}, message: "" }),
    say(/\/lab\/api\/listings\/.*/, {}),
    say(/\/api\/?/, { version: "2.14.0" }),
    get(/\/api\/me/, ({ response }) => sendJson(response, 200, { identity: identity(), permissions: {} })),
    say(/\/api\/terminals/, []),
    say(/\/api\/nbconvert/, {}),
    say(/\/api\/config\/.*/, {}),
    ...["PUT", "PATCH"].map((method) => ({
      method,
      pattern: /\/api\/config\/.*/,
      handle: ({ response }: Call) => sendJson(response, 200, {}), // JupyterLab keeps nothing there
    })),
  ];
}

/** A plugin's schema with the defaults of this front end, and what the user has written, which is JSON5 for the page. */
async function readSetting(frontend: string, settings: string, id: string) {
  const [, name, plugin] = /^((?:@[\w.-]+\/)?[\w.-]+):([\w.-]+)$/.exec(id) ?? [];
  if (name === undefined || plugin === undefined || /(^|\/)\.\.?($|\/)/.test(name))
    throw new HttpError(404, `no such setting: ${id}`);
  const folder = join(frontend, "schemas", name);
  const schema = await readObject(join(folder, `${plugin}.json`));
  if (schema === null) throw new HttpError(404, `no such setting: ${id}`);
  const [overrides, about] = await Promise.all([
    readObject(join(frontend, "overrides.json")),
    readObject(join(folder, "package.json.orig")),
  ]);
  const file = settingFile(settings, id);
  const raw = await readFile(file, "utf8").catch(() => "{}");
  const found = await stat(file).catch(() => null);
  return {
    id,
    raw,
    schema: withDefaults(schema, (overrides?.[id] ?? {}) as Json),
    settings: {},
    version: about?.version ?? "N/A",
    created: found?.birthtime.toISOString() ?? null,
    last_modified: found?.mtime.toISOString() ?? null,
  };
}

async function listSettings(frontend: string, settings: string) {
  const folder = join(frontend, "schemas");
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const ids = files
    .filter((file) => file.endsWith(".json") && !file.endsWith("package.json"))
    .map((file) =>
      relative(folder, join(folder, file))
        .split(sep)
        .join("/")
        .replace(/\/([^/]+)\.json$/, ":$1"),
    );
  return Promise.all(ids.sort().map((id) => readSetting(frontend, settings, id)));
}

function withDefaults(schema: Json, overrides: Json): Json {
  const properties = { ...(schema.properties as Record<string, Json> | undefined) };
  for (const [name, value] of Object.entries(overrides)) properties[name] = { ...properties[name], default: value };
  return { ...schema, properties };
}

function settingFile(settings: string, id: string): string {
  return join(settings, `${encodeURIComponent(id)}.jupyterlab-settings`);
}

async function keep(folder: string, file: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeAtomically(file, text);
}

/** Null when the file is not there or holds no JSON object. */
async function readObject(file: string): Promise<Json | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof value === "object" && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}

function isWorkspace(value: Json | null): value is Json & { readonly metadata: { readonly id: string } } {
  const { data, metadata } = value ?? {};
  return (
    typeof data === "object" && data !== null && typeof (metadata as { id?: unknown } | undefined)?.id === "string"
  );
}

function identity() {
  const name = userInfo().username;
  const initials = name.slice(0, 2).toUpperCase();
  return { username: name, name, display_name: name, initials, avatar_url: null, color: null };
}
