/** The addresses of the contents API, and `/files`. */

import { basename } from "node:path";
import { Checkpoints } from "./checkpoints.js";
import { Contents } from "./contents.js";
import { ContentsChanges, type Saved } from "./contentsChanges.js";
import { type RootFolder, segments } from "./rootFolder.js";
import { type Call, HttpError, type Route, readJson, sendJson, sendNothing, textField } from "./routes.js";
import { sendFile } from "./staticFile.js";
import type { TrustStore } from "./trust.js";

const CHECKPOINTS = /\/api\/contents\/(.+)\/checkpoints/;
const CHECKPOINT = /\/api\/contents\/(.+)\/checkpoints\/([\w-]+)/;
const CONTENTS = /\/api\/contents(?:\/(.*))?/;

/** Serves `root`; `close` removes what unfinished uploads have left. */
export function contentsRoutes(
  root: RootFolder,
  trust: TrustStore,
  limitBytes: number,
): { readonly routes: readonly Route[]; close(): Promise<void> } {
  const contents = new Contents(root, trust, limitBytes);
  const checkpoints = new Checkpoints(root);
  const changes = new ContentsChanges(root, contents, checkpoints, trust);
  const route = (method: string, pattern: RegExp, answer: (call: Call, path: string, id: string) => Promise<void>) => ({
    method,
    pattern,
    handle: (call: Call) => answer(call, call.params[0] ?? "", call.params[1] ?? ""),
  });
  const created = ({ response }: Call, model: { readonly path: string }): void => {
    response.setHeader("Location", `/api/contents/${segments(model.path).map(encodeURIComponent).join("/")}`);
    sendJson(response, 201, model);
  };
  const routes: readonly Route[] = [
    route("GET", CHECKPOINTS, async ({ response }, path) => sendJson(response, 200, await checkpoints.list(path))),
    route("POST", CHECKPOINTS, async ({ response }, path) => sendJson(response, 201, await checkpoints.create(path))),
    route("POST", CHECKPOINT, async ({ response }, path, id) => {
      await checkpoints.restore(path, id);
      sendNothing(response);
    }),
    route("DELETE", CHECKPOINT, async ({ response }, path, id) => {
      await checkpoints.remove(path, id);
      sendNothing(response);
    }),
    route("GET", CONTENTS, async ({ response, url }, path) => {
      const query = url.searchParams;
      const wanted = { content: query.get("content") !== "0", hash: query.get("hash") === "1" };
      const model = await contents.get(path, { ...wanted, type: query.get("type"), format: query.get("format") });
      sendJson(response, 200, model);
    }),
    route("PUT", CONTENTS, async ({ request, response }, path) => {
      const { isNew, model } = await changes.save(path, savedOf(await readJson(request, limitBytes)));
      sendJson(response, isNew ? 201 : 200, model);
    }),
    route("POST", CONTENTS, async (call, path) => {
      const body = await readJson(call.request, limitBytes);
      const from = textField(body, "copy_from");
      const type = textField(body, "type", "file");
      created(
        call,
        await (from === "" ? changes.create(path, type, textField(body, "ext")) : changes.copy(from, path)),
      );
    }),
    route("PATCH", CONTENTS, async ({ request, response }, path) => {
      const to = textField(await readJson(request, limitBytes), "path");
      sendJson(response, 200, await changes.rename(path, to));
    }),
    route("DELETE", CONTENTS, async ({ response }, path) => {
      await changes.remove(path);
      sendNothing(response);
    }),
    // A page among the files is somebody's, maybe hostile: it may not run scripts in this origin.
    route("GET", /\/files\/(.*)/, async (call, path) => {
      const real = await root.resolve(path);
      const isDownload = call.url.searchParams.has("download");
      await sendFile(call, real, {
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "no-cache",
        ...(isDownload
          ? { "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(basename(real))}` }
          : {}),
      });
    }),
  ];
  return { routes, close: () => changes.close() };
}

function savedOf(body: Readonly<Record<string, unknown>>): Saved {
  const { chunk, content } = body;
  if (chunk !== undefined && !Number.isInteger(chunk)) throw new HttpError(400, "expected a whole number as chunk");
  const format = textField(body, "format", "text");
  const type = textField(body, "type", "file");
  return { type, format, content, ...(chunk === undefined ? {} : { chunk: Number(chunk) }) };
}
