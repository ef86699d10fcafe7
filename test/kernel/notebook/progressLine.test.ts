/** The progress line rewrites itself on a terminal and is sparing elsewhere. */

import { expect, test } from "vitest";
import { progressLine } from "../../../kernel/notebook/progressLine.js";

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 30, write: (text: string) => written.push(text) } };
}

test("on a terminal each state replaces the one before, cut to the width, and the last one stays", () => {
  const { written, stream } = recorder(true);
  const line = progressLine(stream);
  line.update("one");
  line.update("x".repeat(50));
  line.end("done");
  const clear = `\r${String.fromCharCode(27)}[2K`;
  expect(written.join("")).toBe(`${clear}one${clear}${"x".repeat(29)}${clear}done\n`);
});

test("without a terminal a state is written every ten seconds, and each end", () => {
  const { written, stream } = recorder(false);
  let clock = 0;
  const line = progressLine(stream, () => clock);
  for (; clock < 25_000; clock += 200) line.update(`at ${clock}`);
  line.end("done");
  expect(written).toEqual(["at 10000\n", "at 20000\n", "done\n"]);
});
