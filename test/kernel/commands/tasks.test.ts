import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { registerTasks } from "../../../kernel/commands/tasks.js";
import type { TaskSummary } from "../../../lib/task/index.js";
import { taskIds } from "../../../lib/task/tasks.js";
import { DataFolder } from "../../lib/task/dataFolder.js";

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.create();
  vi.stubEnv("SPTLAB_DATA", undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  await folder.remove();
});

async function tasks(...flags: string[]): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const program = new Command("sptlab").exitOverride();
  registerTasks(program);
  await program.parseAsync(["node", "sptlab", "tasks", ...flags]);
  return String(log.mock.calls[0]?.[0]);
}

describe("sptlab tasks", () => {
  it("lists the ten and their stand-ins, and says where data may come from", async () => {
    const lines = (await tasks()).split("\n");
    expect(lines).toHaveLength(1 + 10 + 10 + 1);
    expect(lines[1]).toMatch(/^sst2 +2 +accuracy +- +- +- +Movie-review sentiment +\(hf:sst2\)$/);
    expect(lines[11]).toMatch(/^sample\/sst2 +2 +accuracy +600 +200 +400 .*samples\/sst2$/);
    expect(lines.at(-1)).toMatch(/set SPTLAB_DATA or pass --data/);
  });

  it("prints what is there as JSON: sizes, source, notes, a task of one's own, and files that cannot be read", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `text ${i}\t${i % 2}`);
    await folder.write("SST-2/train.tsv", ["sentence\tlabel", ...rows]);
    await folder.write("SST-2/dev.tsv", ["sentence\tlabel", "good\t1"]);
    await folder.write("mood/meta.json", ['{"labels":["sad","glad"],"title":"Moods"}']);
    await folder.write("mood/train.csv", ["text,label", ...rows.map((row) => row.replace("\t", ","))]);
    await folder.write("rte/train.jsonl", ["{"]);
    const found = JSON.parse(await tasks("--json", "--data", folder.path)) as TaskSummary[];
    expect(found.map(({ id }) => id).slice(0, 12)).toEqual([...taskIds, "mood", "sample/sst2"]);
    const of = (id: string) => found.find((task) => task.id === id);
    expect(of("sst2")).toMatchObject({ sizes: { train: 18, dev: 2, test: 1 }, labelWords: ["terrible", "great"] });
    expect(of("sst2")?.notes).toHaveLength(2);
    expect(of("sst2")?.citation).toMatch(/Socher/);
    expect(of("mood")).toMatchObject({
      title: "Moods",
      labels: ["sad", "glad"],
      sizes: { train: 16, dev: 2, test: 2 },
    });
    expect(of("rte")?.error).toMatch(/train\.jsonl:1: expected a JSON value/);
    expect(of("trec")?.sizes).toBeUndefined();
    expect(process.exitCode).toBe(1);
  });
});
