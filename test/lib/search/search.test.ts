import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { ConfigError, DataError } from "../../../lib/errors.js";
import type { Progress } from "../../../lib/progress.js";
import { type SearchOptions, search } from "../../../lib/search/search.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const config = { steps: 4, batchSize: 4, promptLength: 3, bottleneckSize: 8, learningRate: 0.01 };
const data = createToyData();
const folder = mkdtempSync(join(tmpdir(), "search-test-"));

let backbone: Backbone;
beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A short search in a folder of its own. */
function run(name: string, options: Partial<SearchOptions> = {}) {
  return search({ backbone, data, config, seed: 3, runDirectory: join(folder, name), ...options });
}

describe("search", () => {
  it("gives the same numbers twice for one seed, and others for another", async () => {
    const [first, second] = [await run("first"), await run("second")];
    expect(first.curves).toEqual(second.curves);
    expect(first.id).toBe(second.id);
    expect((await run("third", { seed: 4 })).curves.trainLoss).not.toEqual(first.curves.trainLoss);
  });

  it("moves gates away from one half, and trains the generators", async () => {
    const { gates, curves } = await run("longer", { config: { ...config, steps: 20 } });
    expect(curves.gates).toHaveLength(20);
    expect(gates).toEqual(curves.gates.at(-1));
    expect(Math.max(...gates) - Math.min(...gates)).toBeGreaterThan(0.02);
    const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(meanOf(curves.trainLoss.slice(-5))).toBeLessThan(meanOf(curves.trainLoss.slice(0, 5)));
  });

  it("stops between two steps, and goes on to the same numbers", async () => {
    const whole = await run("whole");
    const controller = new AbortController();
    const onProgress = ({ step }: Progress) => {
      if (step === 2) controller.abort();
    };
    const stopped = await run("resumed", { signal: controller.signal, onProgress });
    expect(stopped.status).toBe("stopped");
    expect(stopped.finishedSteps).toBe(2);
    expect(existsSync(join(stopped.directory, "checkpoint.safetensors"))).toBe(true);
    const resumed = await run("resumed", { resume: true });
    expect(resumed.status).toBe("completed");
    expect(resumed.curves).toEqual(whole.curves);
    expect(existsSync(join(resumed.directory, "checkpoint.safetensors"))).toBe(false);
    const weights = (record: typeof whole) => readFileSync(join(record.directory, "weights.safetensors"));
    expect(weights(resumed).equals(weights(whole))).toBe(true);
  });

  it("stops by the host's interrupt signal when it is given none", async () => {
    vi.stubGlobal("interruptSignal", AbortSignal.abort());
    const stopped = await run("interrupted");
    vi.unstubAllGlobals();
    expect(stopped.status).toBe("stopped");
    expect(stopped.finishedSteps).toBe(0);
  });

  it("returns the record of a completed run instead of repeating it", async () => {
    const first = await run("once");
    const reports: Progress[] = [];
    const again = await run("once", { resume: true, onProgress: (progress) => reports.push(progress) });
    expect(again).toEqual(JSON.parse(JSON.stringify(first)));
    expect(reports).toEqual([]);
  });

  it("writes the record it returns, with every setting and hash", async () => {
    const record = await run("written");
    const written = JSON.parse(readFileSync(join(record.directory, "record.json"), "utf8"));
    expect(written).toEqual(JSON.parse(JSON.stringify(record)));
    expect(record).toMatchObject({
      kind: "search",
      status: "completed",
      seed: 3,
      isSynthetic: true,
      modelHash: "tiny",
      modelWeights: "f32",
    });
    expect(record.config).toMatchObject({ topK: 1, tau: 0.5, maskRate: 0.5, maxLength: 64, ...config });
    expect(record.dataHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(record.versions)).toEqual(["sptlab", "tfjs", "backend", "node"]);
  });

  it("reports every step, with the gates for a live figure, and leaves no tensor behind", async () => {
    await run("warm");
    const before = tf.memory().numTensors;
    const progress: Progress[] = [];
    const layers: number[] = [];
    await run("watched", {
      onProgress: (report) => progress.push(report),
      onStep: ({ curves }) => layers.push(curves.gates.at(-1)?.length ?? 0),
    });
    expect(progress.map(({ step, totalSteps }) => `${step}/${totalSteps}`)).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    expect(progress[0]?.stage).toBe("search");
    expect(progress.at(-1)?.etaSeconds).toBe(0);
    expect(layers).toEqual([4, 4, 4, 4]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("runs every ablation", async () => {
    for (const change of [
      { isReparameterised: false },
      { isConsistent: false },
      { order: 2 as const, steps: 1 },
      { generator: "static" as const },
      { generator: "naive" as const },
      { head: "classifier" as const },
    ]) {
      const record = await run("ablation", { config: { ...config, steps: 2, ...change } });
      expect(record.curves.trainLoss.every(Number.isFinite), JSON.stringify(change)).toBe(true);
    }
  });

  it("refuses unusable settings and label words before it computes", async () => {
    await expect(run("bad", { config: { ...config, topK: 5 } })).rejects.toThrow(/topK must be between 1 and 4/);
    await expect(run("bad", { config: { ...config, tau: 2 } })).rejects.toThrow(ConfigError);
    await expect(run("bad", { config: { ...config, learningrate: 1 } as never })).rejects.toThrow(/learningrate/);
    await expect(run("bad", { config: { ...config, maxLength: 1000 } })).rejects.toThrow(
      /maxLength must be at most 64/,
    );
    const task = { ...data.task, labelWords: ["terrible", "wonderful"] };
    await expect(run("bad", { data: { ...data, task } })).rejects.toThrow(DataError);
    expect(existsSync(join(folder, "bad"))).toBe(false);
  });
});
