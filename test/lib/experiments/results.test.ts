import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError, DataError } from "../../../lib/errors.js";
import {
  decodeClasses,
  encodeClasses,
  ResultsFile,
  readResults,
  type SweepResult,
} from "../../../lib/experiments/results.js";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "results-test-"));
  path = join(folder, "sweep", "results.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const result = (id: string, status: SweepResult["status"] = "completed") => ({ id, status }) as SweepResult;

async function write(...ids: string[]): Promise<void> {
  const file = await ResultsFile.open(path);
  for (const id of ids) await file.append(result(id));
  await file.close();
}

describe("ResultsFile", () => {
  it("adds a line per run, once", async () => {
    await write("a", "b", "a");
    await write("b", "c");
    expect(readFileSync(path, "utf8")).toBe(
      ["a", "b", "c"].map((id) => `{"id":"${id}","status":"completed"}\n`).join(""),
    );
  });

  it("passes over a line that a crash has cut short, and removes it before it adds others", async () => {
    await write("a");
    appendFileSync(path, '{"id":"b","sta');
    expect(readResults(path)).toEqual([result("a")]);
    await write("c");
    expect(readResults(path).map(({ id }) => id)).toEqual(["a", "c"]);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(3);
  });

  it("names the line that is no result", async () => {
    await write("a");
    appendFileSync(path, "{}\n");
    await expect(ResultsFile.open(path)).rejects.toThrow(DataError);
    expect(() => readResults(path)).toThrow(/results\.jsonl, line 2/);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("forgets what is to be run again; the later line counts", async () => {
    await write("a");
    const failed = await ResultsFile.open(path);
    await failed.append(result("b", "failed"));
    await failed.close();
    const file = await ResultsFile.open(path, { forgets: ({ status }) => status === "failed" });
    expect([...file.results.keys()]).toEqual(["a"]);
    await file.append(result("b"));
    await file.close();
    expect(readResults(path)).toEqual([result("a"), result("b")]);
  });

  it("belongs to one process, until that has ended", async () => {
    const first = await ResultsFile.open(path);
    await expect(ResultsFile.open(path)).rejects.toThrow(ConfigError);
    await first.close();
    const ended = 2 ** 30; // no process has such an id
    writeFileSync(`${path}.lock`, JSON.stringify({ host: hostname(), process: ended }));
    await write("a");
    writeFileSync(`${path}.lock`, JSON.stringify({ host: "elsewhere", process: ended }));
    await expect(ResultsFile.open(path)).rejects.toThrow(/elsewhere/);
  });
});

describe("classes", () => {
  it("are a character each", () => {
    expect(encodeClasses([0, 9, 10, 35])).toBe("09az");
    expect(decodeClasses("09az")).toEqual([0, 9, 10, 35]);
  });
});
