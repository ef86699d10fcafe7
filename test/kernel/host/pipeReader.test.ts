import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { PipeReader } from "../../../kernel/host/pipeReader.js";

const MARK = "\u000012345678-1234-1234-1234-123456789abc\u0000";

it("passes on text without the mark, and says when the mark has come, however the chunks fall", async () => {
  for (const cut of [3, 5, 20, 41, 43]) {
    const pipe = new PassThrough();
    let text = "";
    const reader = new PipeReader(pipe, (part) => {
      text += part;
    });
    const bytes = Buffer.from(`é!b${MARK}after`);
    pipe.write(bytes.subarray(0, cut));
    pipe.write(bytes.subarray(cut));
    await reader.reached(MARK);
    await new Promise((resolve) => setImmediate(resolve));
    expect(text).toBe("é!bafter");
  }
});

it("has passed on everything before the mark when it says so", async () => {
  const pipe = new PassThrough();
  const seen: string[] = [];
  const reader = new PipeReader(pipe, (text) => seen.push(text));
  const reached = reader.reached(MARK).then(() => seen.push("reached"));
  pipe.write("early");
  pipe.write(MARK);
  await reached;
  expect(seen).toEqual(["early", "reached"]);
});
