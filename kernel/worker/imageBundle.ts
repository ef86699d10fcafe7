/** Pictures as MIME bundles. */

import { readFileSync } from "node:fs";
import { type ImageContent, recogniseImage } from "./imageContent.js";
import type { MimeBundle } from "./mimeBundle.js";

/** How large a picture is shown, in CSS pixels; by default as large as it is. */
export interface ImageSize {
  readonly width?: number;
  readonly height?: number;
}

/** A picture and, by MIME type, its size. */
export interface ImageBundle {
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * The bundle of a picture.
 *
 * @param source  its bytes, the path of its file, or the markup of an SVG
 * @throws TypeError  when the content is no PNG, JPEG, GIF, WebP or SVG
 */
export function imageBundle(source: unknown, size: ImageSize): ImageBundle {
  const bytes = bytesOf(source);
  const image = recogniseImage(bytes);
  if (image === null) {
    const start = Buffer.from(bytes.subarray(0, 8)).toString("hex");
    throw new TypeError(
      `expected a PNG, JPEG, GIF, WebP or SVG picture; got ${bytes.length} bytes that start with ${start || "nothing"}`,
    );
  }
  const { width = image.width, height = image.height } = sizeOf(image, size);
  const metadata = width === undefined || height === undefined ? {} : { [image.mime]: { width, height } };
  return { data: bundleOf(bytes, image), metadata };
}

/** The bundle of bytes that are a raster picture; null when they are not. */
export function pictureOf(bytes: Uint8Array): MimeBundle | null {
  const image = recogniseImage(bytes);
  return image === null || image.mime === "image/svg+xml" ? null : bundleOf(bytes, image);
}

function bundleOf(bytes: Uint8Array, { mime, width, height }: ImageContent): MimeBundle {
  const content = Buffer.from(bytes);
  const size = width === undefined ? "" : `, ${width} × ${height}`;
  const text = `${mime.replace(/^image\/(\w+).*/, "$1").toUpperCase()} picture${size}`;
  if (mime === "image/svg+xml") return { [mime]: content.toString("utf8"), "text/plain": text };
  const base64 = content.toString("base64");
  // The classic notebook and nbconvert know no WebP.
  const html = mime === "image/webp" ? { "text/html": `<img alt="${text}" src="data:${mime};base64,${base64}">` } : {};
  return { [mime]: base64, ...html, "text/plain": text };
}

/** With one side given, the other keeps the proportions. */
function sizeOf(image: ImageContent, { width, height }: ImageSize): ImageSize {
  if (image.width === undefined || image.height === undefined) return { width, height };
  const ratio = image.width / image.height;
  if (width !== undefined) return { width, height: height ?? Math.round(width / ratio) };
  return height === undefined ? {} : { width: Math.round(height * ratio), height };
}

function bytesOf(source: unknown): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof source === "string" && /^\s*</.test(source)) return Buffer.from(source, "utf8");
  if (typeof source === "string" || source instanceof URL) return readFileSync(source);
  throw new TypeError(`display.image expects bytes, a path or SVG markup; got ${typeof source}`);
}
