import { expect, it } from "vitest";
import { FrameReader } from "../../../kernel/host/frameReader.js";

const MARKS = { start: Buffer.from("0123456789abcdef"), end: Buffer.from("ABCDEFGHIJKLMNOP") };

function frame(payload: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(payload));
  return Buffer.concat([MARKS.start, length, Buffer.from(payload), MARKS.end]);
}

/** What is read when `bytes` come in pieces of `step`. */
function read(bytes: Buffer, step: number): string[] {
  const payloads: string[] = [];
  const reader = new FrameReader(MARKS, (payload) => payloads.push(payload.toString()));
  for (let at = 0; at < bytes.length; at += step) reader.add(bytes.subarray(at, at + step));
  return payloads;
}

it.each([1, 3, 7, 16, 20, 33, 1_000])("reads frames that come in pieces of %i bytes", (step) => {
  const payloads = ["one", "", "0123456789abcde", "x".repeat(200), "last"];
  expect(read(Buffer.concat(payloads.map(frame)), step)).toEqual(payloads);
});

it.each([1, 5, 16, 64, 1_000])(
  "drops a frame that was cut short anywhere, and no other (pieces of %i bytes)",
  (step) => {
    const torn = frame("the end of this one never came");
    for (let cut = 1; cut < torn.length; cut += 1) {
      const bytes = Buffer.concat([frame("before"), torn.subarray(0, cut), frame("after"), frame("later")]);
      expect(read(bytes, step)).toEqual(["before", "after", "later"]);
    }
  },
);

it("passes a frame on as soon as it is whole, also after a torn one", () => {
  const payloads: string[] = [];
  const reader = new FrameReader(MARKS, (payload) => payloads.push(payload.toString()));
  reader.add(frame("y".repeat(100_000)).subarray(0, 50));
  reader.add(frame("done"));
  expect(payloads).toEqual(["done"]);
});
