import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type RunIdentity, type RunRecord, readRecord, runId, writeRecord } from "../../lib/runRecord.js";

const identity: RunIdentity = {
  kind: "search",
  config: { steps: 5, tau: 0.5 },
  seed: 1,
  dataId: "toy/task",
  dataHash: "d",
  isSynthetic: true,
  modelName: "tiny",
  modelHash: "m",
  modelWeights: "f32",
};

describe("runId", () => {
  it("is the same for the same settings in another order, and for the same numbers held in fewer bytes", () => {
    expect(runId(identity)).toMatch(/^search-toy-task-[0-9a-f]{8}$/);
    expect(runId({ ...identity, config: { tau: 0.5, steps: 5 }, modelWeights: "f16" })).toBe(runId(identity));
  });

  it("is another one for every other difference", () => {
    const others: Partial<RunIdentity>[] = [
      { kind: "retrain" },
      { config: {} },
      { seed: 2 },
      { dataHash: "e" },
      { modelHash: "n" },
    ];
    expect(new Set([{}, ...others].map((change) => runId({ ...identity, ...change }))).size).toBe(6);
  });
});

describe("the list of records", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("names the folder of each record that is written or read, for whoever asks by SPTLAB_RECORD_LIST", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sptlab-records-"));
    const list = join(folder, "list");
    const directory = join(folder, "a");
    await writeRecord({ directory } as RunRecord);
    vi.stubEnv("SPTLAB_RECORD_LIST", list);
    await readRecord(join(folder, "none"));
    await readRecord(directory);
    await writeRecord({ directory: join(folder, "b") } as RunRecord);
    expect(await readFile(list, "utf8")).toBe(`${directory}\n${join(folder, "b")}\n`);
    await rm(folder, { recursive: true });
  });
});
