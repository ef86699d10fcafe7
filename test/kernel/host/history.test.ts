import { appendFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { globMatcher } from "../../../kernel/host/glob.js";
import { History } from "../../../kernel/host/history.js";
import { HistoryFile } from "../../../kernel/host/historyFile.js";
import { temporaryFolder } from "../../temporaryFolder.js";

let path: string;
let warnings: string[];
beforeEach(async () => {
  path = join(temporaryFolder("sptlab-history-"), "deep", "history.jsonl");
  warnings = [];
});

const openFile = (maxBytes?: number) => new HistoryFile(path, (text) => warnings.push(text), maxBytes);

/** A session with these inputs, the first of which has a result. */
async function session(...inputs: string[]): Promise<History> {
  const file = openFile();
  const history = new History(file);
  for (const [index, input] of inputs.entries()) history.addInput(index + 1, input);
  history.addOutput(1, "out");
  await file.flushed();
  return history;
}

it("numbers sessions as ipykernel does, in range, tail and search", async () => {
  await session("a1", "a2");
  await session("b1");
  const current = await session("c1", "c2", "c3");
  const range = (content: object) => current.answer({ hist_access_type: "range", ...content });
  expect(await range({ session: 0, start: 2 })).toEqual([
    [0, 2, "c2"],
    [0, 3, "c3"],
  ]);
  expect(await range({ session: 3, start: 1, stop: 2, output: true })).toEqual([[0, 1, ["c1", "out"]]]);
  expect(await range({ session: -1, output: true })).toEqual([[2, 1, ["b1", "out"]]]);
  expect(await range({ session: 1, start: 2 })).toEqual([[1, 2, "a2"]]);
  expect(await range({ session: 0, start: -2, stop: -1 })).toEqual([[0, 2, "c2"]]);
  expect(await range({ session: 9 })).toEqual([]);
  expect(await current.answer({ hist_access_type: "tail", n: 4 })).toEqual([
    [2, 1, "b1"],
    [3, 1, "c1"],
    [3, 2, "c2"],
    [3, 3, "c3"],
  ]);
  expect(await current.answer({ hist_access_type: "search", pattern: "?1", n: 2, output: true })).toEqual([
    [2, 1, ["b1", "out"]],
    [3, 1, ["c1", "out"]],
  ]);
});

it("finds each input once when asked for unique ones, where it stood last", async () => {
  await session("same", "other");
  const current = await session("same");
  const found = await current.answer({ hist_access_type: "search", pattern: "*", unique: true });
  expect(found).toEqual([
    [1, 2, "other"],
    [2, 1, "same"],
  ]);
});

it("gives kernels that start at the same time different numbers, and loses none of their lines", async () => {
  await Promise.all(Array.from({ length: 12 }, (_, index) => session(`first ${index}`, `second ${index}`)));
  const { others } = await openFile().read();
  expect(new Set(others.map((entry) => entry.session))).toEqual(new Set(Array.from({ length: 12 }, (_, i) => i + 1)));
  expect(others.map(({ input }) => input).sort()).toEqual(
    Array.from({ length: 12 }, (_, i) => [`first ${i}`, `second ${i}`])
      .flat()
      .sort(),
  );
});

it("skips damaged lines and keeps the one that is appended to a torn one", async () => {
  await session("before");
  await appendFile(path, '\n{"session":1,"line":2,"inp\nnot JSON\n[1]\n{"session":1,"line":3,"input":"to');
  await session("after");
  expect((await openFile().read()).others.map(({ input }) => input)).toEqual(["before", "after"]);
});

it("is for the user's eyes only, and bounded", async () => {
  const file = openFile(2_000);
  for (let line = 1; line <= 200; line += 1) file.addInput(line, `input number ${line}`);
  await file.flushed();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const previous = path.replace(".jsonl", ".previous.jsonl");
  expect((await stat(path)).size + (await stat(previous)).size).toBeLessThan(5_000);
  const later = await session("next session");
  expect(await later.answer({ hist_access_type: "tail", n: 2 })).toEqual([
    [1, 200, "input number 200"],
    [2, 1, "next session"],
  ]);
  expect(await readFile(path, "utf8")).toContain('"base"');
});

it("keeps the session in memory when the file cannot be written, and says so once", async () => {
  path = "/dev/full"; // Every write to it finds the disk full.
  const history = await session("a", "b");
  expect(await history.answer({ hist_access_type: "range", output: true })).toEqual([
    [0, 1, ["a", "out"]],
    [0, 2, ["b", null]],
  ]);
  expect(warnings).toHaveLength(1);
});

it.each([
  ["*", "anything\nat all", true],
  ["a*c", "abbbc", true],
  ["a*c", "abbbcd", false],
  ["a?c", "a😀c", true],
  ["[a-c][^x]", "by", true],
  ["[a-c][!x]", "bx", false],
  ["[]]", "]", true],
  ["a[", "a[", true],
  ["*needle*", "hay needle hay", true],
  ["f(x).*", "f(x).y", true],
])("matches %j against %j: %s", (pattern, text, matches) => {
  expect(globMatcher(pattern)(text)).toBe(matches);
});

it("matches a pattern of many stars in time", () => {
  expect(globMatcher(`${"*a".repeat(40)}b`)("a".repeat(5_000))).toBe(false);
});
