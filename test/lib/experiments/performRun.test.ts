/** Runs of a sweep on the tiny backbone. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { DataError } from "../../../lib/errors.js";
import { performRun, type SweepJob } from "../../../lib/experiments/performRun.js";
import { planSweep } from "../../../lib/experiments/plan.js";
import { decodeClasses } from "../../../lib/experiments/results.js";
import { parseSweepSpec } from "../../../lib/experiments/spec.js";
import { accuracy } from "../../../lib/metrics.js";
import type { Progress } from "../../../lib/progress.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const folder = mkdtempSync(join(tmpdir(), "perform-test-"));
let backbone: Backbone;
beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});
afterAll(() => rmSync(folder, { recursive: true }));

function jobOf(method: string, settings: Record<string, unknown>, select = false): SweepJob {
  const spec = parseSweepSpec({
    name: "s",
    tasks: ["toy"],
    methods: [{ method, settings: settings as never }],
    seeds: [3],
    trainSizes: [20],
    ...(select ? { select: { seeds: [3] } } : {}),
  });
  const facts = { modelHash: "tiny", modelWeights: "f32", tasks: { toy: { hash: "toy", isSynthetic: true } } };
  const [cell] = planSweep(spec, facts).cells;
  const run = (select ? cell?.trials : cell?.reports)?.[0]?.[0];
  if (run === undefined) throw new Error("no run");
  return { run, model: "tiny", output: join(folder, String(Math.random()).slice(2)), checkpointEveryMs: 1e9 };
}

const few = { steps: 6, batchSize: 4, evaluateEvery: 3 };

describe("performRun", () => {
  it("leaves scores, predictions and everything that is needed to make it again", async () => {
    const data = createToyData();
    const result = await performRun(jobOf("lora", { ...few, rank: 2 }), { backbone, data });
    expect(result).toMatchObject({
      status: "completed",
      task: "toy",
      method: "lora",
      trainSize: 20,
      seed: 3,
      isSynthetic: true,
      metric: "accuracy",
      dataHash: "toy",
      modelHash: "tiny",
      config: { rank: 2, steps: 6 },
      parameterCount: 4 * 2 * 2 * 32 * 2,
    });
    expect(result?.versions).toHaveProperty("sptlab");
    expect(result?.seconds).toBeGreaterThan(0);
    const { metrics, predictions, labels } = result?.test ?? { metrics: {}, predictions: "", labels: "" };
    expect(labels).toHaveLength(24);
    expect(accuracy(decodeClasses(labels), decodeClasses(predictions))).toBe(metrics.accuracy);
    expect(data.test.openedBy).toContain(result?.records?.trained);
  });

  it("scores as many test rows as the plan says", async () => {
    const data = createToyData();
    const job = jobOf("lora", { ...few, rank: 2 });
    const result = await performRun({ ...job, run: { ...job.run, testRows: 3 } }, { backbone, data });
    expect(result?.test?.predictions).toHaveLength(3);
  });

  it("does not open the test set for a trial", async () => {
    const data = createToyData();
    const result = await performRun(jobOf("bitfit", few, true), { backbone, data });
    expect(result).toMatchObject({ purpose: "select", status: "completed" });
    expect(result).toHaveProperty("dev");
    expect(result?.test).toBeUndefined();
    expect(data.test.openedBy).toEqual([]);
  });

  it("scores on dev what has no score of its own, and adds up its stages' times", async () => {
    const hyper = await performRun(jobOf("spt-hypernetwork", { steps: 1, batchSize: 4, promptLength: 2 }), {
      backbone,
      data: createToyData(),
    });
    expect(hyper?.dev).toBeGreaterThanOrEqual(0);
    const spt = await performRun(jobOf("spt", { ...few, topK: 2, promptLength: 2, "search.steps": 1 }), {
      backbone,
      data: createToyData(),
    });
    expect(spt?.layers).toHaveLength(2);
    expect(Object.keys(spt?.records ?? {})).toEqual(["searched", "trained", "evaluated"]);
  });

  it("is stopped between two steps, and goes on from there to the same result", async () => {
    const data = createToyData();
    const job = jobOf("lora", few);
    const stop = new AbortController();
    const steps: number[] = [];
    const onProgress = ({ step, stage }: Progress): void => {
      if (stage === "lora") steps.push(step);
      if (step === 2) stop.abort();
    };
    expect(await performRun(job, { backbone, data, signal: stop.signal, onProgress })).toBeUndefined();
    const resumed = await performRun(job, { backbone, data, onProgress });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
    const whole = await performRun({ ...job, output: `${job.output}-whole` }, { backbone, data });
    const timeless = (result: typeof whole) => ({ ...result, seconds: 0, startedAt: "" });
    expect(timeless(resumed)).toEqual(timeless(whole));
  });

  it("refuses other data and another model than it was planned with", async () => {
    const data = createToyData();
    const job = jobOf("lora", few);
    await expect(performRun(job, { backbone, data: { ...data, hash: "other" } })).rejects.toThrow(DataError);
    await expect(performRun(job, { backbone: { ...backbone, hash: "other" }, data })).rejects.toThrow(
      /model must have the hash tiny .*got other/,
    );
  });
});
