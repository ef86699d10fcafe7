/** Pictures recognised by their content, with their size. */

/** A picture's type and size in pixels; no size where its header does not tell one. */
export interface ImageContent {
  readonly mime: "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/svg+xml";
  readonly width?: number;
  readonly height?: number;
}

/** What the bytes are a picture of; null when they are none of PNG, JPEG, GIF, WebP and SVG. */
export function recogniseImage(bytes: Uint8Array): ImageContent | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ascii = (start: number, end: number): string => String.fromCharCode(...bytes.subarray(start, end));
  if (ascii(0, 8) === "\u0089PNG\r\n\u001a\n" && bytes.length >= 24) {
    return { mime: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (/^GIF8[79]a$/.test(ascii(0, 6)) && bytes.length >= 10) {
    return { mime: "image/gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  if (ascii(0, 3) === "\u00ff\u00d8\u00ff") return { mime: "image/jpeg", ...jpegSize(view) };
  if (ascii(0, 4) === "RIFF" && ascii(8, 12) === "WEBP")
    return { mime: "image/webp", ...webpSize(view, ascii(12, 16)) };
  const text = Buffer.from(bytes.subarray(0, 4_096)).toString("utf8");
  const root = /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*(<svg\b[^>]*>)/s.exec(text)?.[1];
  return root === undefined ? null : { mime: "image/svg+xml", ...svgSize(root) };
}

type Size = Pick<ImageContent, "width" | "height">;

/** In the first start-of-frame segment. */
function jpegSize(view: DataView): Size {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return {};
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    const isBare = marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7); // no length follows
    at += marker === 0xff ? 1 : isBare ? 2 : 2 + view.getUint16(at + 2);
  }
  return {};
}

/** Lossy, lossless and extended files keep their size in different places. */
function webpSize(view: DataView, chunk: string): Size {
  if (view.byteLength < 30) return {};
  if (chunk === "VP8 ") return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  const uint24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  return chunk === "VP8X" ? { width: uint24(24) + 1, height: uint24(27) + 1 } : {};
}

function svgSize(root: string): Size {
  const attribute = (name: string): number =>
    Number(new RegExp(`\\s${name}\\s*=\\s*["']([\\d.]+)(?:px)?["']`).exec(root)?.[1] ?? Number.NaN);
  const [width, height] = [attribute("width"), attribute("height")];
  return Number.isFinite(width) && Number.isFinite(height) ? { width, height } : {};
}
