import { expect, it } from "vitest";
import { imageBundle } from "../../../kernel/worker/imageBundle.js";
import { recogniseImage } from "../../../kernel/worker/imageContent.js";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replace(/\s/g, ""), "hex"));
const PNG = hex("89504e470d0a1a0a 0000000d 49484452 00000280 000001e0 08020000");

it.each([
  ["PNG", PNG, { mime: "image/png", width: 640, height: 480 }],
  ["GIF", hex("474946383961 0a00 1400 0000"), { mime: "image/gif", width: 10, height: 20 }],
  [
    "JPEG behind other segments",
    hex("ffd8 ffe0 0004 0000 ffc0 0011 08 0030 0040 03"),
    { mime: "image/jpeg", width: 64, height: 48 },
  ],
  [
    "lossy WebP",
    hex("52494646 00000000 57454250 56503820 00000000 000000 9d012a 4000 3000 0000"),
    { mime: "image/webp", width: 64, height: 48 },
  ],
  [
    "lossless WebP",
    hex(`52494646 00000000 57454250 5650384c 00000000 2f 3fc00b00 ${"00".repeat(8)}`),
    { mime: "image/webp", width: 64, height: 48 },
  ],
  [
    "extended WebP",
    hex("52494646 00000000 57454250 56503858 0a000000 00000000 3f0000 2f0000"),
    { mime: "image/webp", width: 64, height: 48 },
  ],
  [
    "SVG",
    Buffer.from('<?xml version="1.0"?>\n<svg xmlns="x" width="8px" height="6">'),
    { mime: "image/svg+xml", width: 8, height: 6 },
  ],
])("recognises %s by its content, with its size", (_, bytes, expected) => {
  expect(recogniseImage(bytes)).toEqual(expected);
});

it("knows what is no picture", () => {
  for (const bytes of [new Uint8Array(0), hex("0001020304"), Buffer.from("<html><svg></svg>")]) {
    expect(recogniseImage(bytes)).toBeNull();
  }
  expect(() => imageBundle(hex("00010203"), {})).toThrow(
    /expected a PNG, JPEG, GIF, WebP or SVG picture; got 4 bytes that start with 00010203/,
  );
  expect(() => imageBundle(7, {})).toThrow(/expects bytes, a path or SVG markup; got number/);
});

it("keeps the proportions when one side is given", () => {
  expect(imageBundle(PNG, { width: 320 }).metadata).toEqual({ "image/png": { width: 320, height: 240 } });
  expect(imageBundle(PNG, { height: 48 }).metadata).toEqual({ "image/png": { width: 64, height: 48 } });
  expect(imageBundle(PNG, {}).data).toMatchObject({
    "image/png": Buffer.from(PNG).toString("base64"),
    "text/plain": "PNG picture, 640 × 480",
  });
});
