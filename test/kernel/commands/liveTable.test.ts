import { describe, expect, it } from "vitest";
import { liveTable } from "../../../kernel/commands/liveTable.js";

function recorder(isTTY: boolean) {
  const stream = { isTTY, columns: 21, text: "", write: (text: string) => (stream.text += text) };
  return stream;
}

describe("liveTable", () => {
  it("rewrites its lines on a terminal, cut to its width, below what stays", () => {
    const stream = recorder(true);
    let now = 0;
    const table = liveTable(stream, () => now);
    table.update(() => ["one", "two which is far too long"]);
    table.update(() => ["too soon"]);
    now = 300;
    table.update(() => ["three"]);
    table.print("stays");
    table.update(() => ["four"]);
    table.end(["end"]);
    const up = (lines: number) => `\u001b[${lines}A\r\u001b[J`;
    expect(stream.text).toBe(`one\ntwo which is far too\n${up(2)}three\n${up(1)}stays\nfour\n${up(1)}end\n`);
  });

  it("writes the first line now and then where there is no terminal", () => {
    const stream = recorder(false);
    let now = 0;
    const table = liveTable(stream, () => now);
    table.update(() => ["one", "two"]);
    now = 29_000;
    table.update(() => ["too soon"]);
    table.print("stays, however long it may be");
    now = 31_000;
    table.update(() => ["three"]);
    table.end(["end"]);
    expect(stream.text).toBe("one\nstays, however long it may be\nthree\nend\n");
  });
});
