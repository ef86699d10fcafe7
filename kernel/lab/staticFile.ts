/** Sends files as they are. */

import { constants, createReadStream, existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { mimeTypeOf } from "./mimeTypes.js";
import { isVisible, segments } from "./rootFolder.js";
import { type Call, HttpError } from "./routes.js";

/** A name that holds a hash of the content never stands for another content. */
const HASHED_NAME = /[-.][A-Za-z0-9_]{8,}\.[a-z0-9]+$/;

/** Serves the files under `folder` of the front end, packed where `NAME.gz` stands beside and the browser takes it. */
export async function sendStatic({ request, response }: Call, folder: string, path: string): Promise<void> {
  const names = segments(path);
  if (!names.every(isVisible)) throw new HttpError(404, `no such file: ${path}`);
  const isFixed = HASHED_NAME.test(path);
  const headers = { "Cache-Control": isFixed ? "private, max-age=31536000, immutable" : "no-cache" };
  const plain = join(folder, ...names);
  const isPacked = /\bgzip\b/.test(String(request.headers["accept-encoding"])) && existsSync(`${plain}.gz`);
  const packing: Record<string, string> = isPacked ? { "Content-Encoding": "gzip", Vary: "Accept-Encoding" } : {};
  await sendFile({ request, response }, isPacked ? `${plain}.gz` : plain, {
    ...headers,
    ...packing,
    "Content-Type": contentType(plain),
  });
}

/**
 * Streams a file, or answers 304 when the browser has it.
 *
 * @throws HttpError  404 when there is none
 */
export async function sendFile(
  { request, response }: Pick<Call, "request" | "response">,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const file = await openRegular(path);
  try {
    const { size, mtimeMs } = await file.stat();
    const etag = `"${size.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}"`;
    const all = { "Content-Type": contentType(path), ETag: etag, ...headers };
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304, all).end();
    response.writeHead(200, { ...all, "Content-Length": size });
    if (request.method === "HEAD" || size === 0) return void response.end();
    // Not more than was announced, should the file grow meanwhile.
    await pipeline(createReadStream(path, { fd: file, autoClose: false, start: 0, end: size - 1 }), response).catch(
      () => response.destroy(),
    );
  } finally {
    await file.close();
  }
}

/**
 * Opens a file for reading, and nothing else: a pipe would be waited for. O_NONBLOCK lets the look at it come first.
 *
 * @throws HttpError  404 for what is not a file
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0); // Windows has no pipes among files
  const file = await open(path, flags).catch((cause: unknown) => {
    throw new HttpError(404, `no such file: ${basename(path)}`, { cause });
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new HttpError(404, `${basename(path)} is not a file`);
}

function contentType(path: string): string {
  const type = mimeTypeOf(path);
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type;
}
