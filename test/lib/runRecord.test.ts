import { describe, expect, it } from "vitest";
import { type RunIdentity, runId } from "../../lib/runRecord.js";

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
