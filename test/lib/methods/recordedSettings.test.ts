/** The recorded rates are what the recorded sweep found, and apply to its backbone alone. */

import { describe, expect, it } from "vitest";
import { readRecordedResults } from "../../../lib/experiments/recordedResults.js";
import type { SweepResult } from "../../../lib/experiments/results.js";
import { recordedSettings } from "../../../lib/methods/recordedSettings.js";
import { METHODS } from "../../../lib/methods/registry.js";

const trials = readRecordedResults("defaults");
const backboneHash = trials[0]?.modelHash ?? "";
const TOP_LAYERS = ["spt", "darts", "random-k"];

/** The rate with the best mean score on dev. */
function bestRate(runs: readonly SweepResult[]): number {
  const rates = [...new Set(runs.map(({ settings }) => settings.learningRate as number))];
  const total = (rate: number): number =>
    runs.filter(({ settings }) => settings.learningRate === rate).reduce((sum, { dev = Number.NaN }) => sum + dev, 0);
  return rates.reduce((best, rate) => (total(rate) > total(best) ? rate : best));
}

describe("recordedSettings", () => {
  it("has the rate with the best mean on dev, for each method of the sweep", () => {
    const alone = [...new Set(trials.map(({ method }) => method))].filter((method) => !TOP_LAYERS.includes(method));
    expect(alone).toContain("lora");
    for (const method of alone) {
      const learningRate = bestRate(trials.filter((trial) => trial.method === method));
      expect(recordedSettings(method, backboneHash), method).toEqual({ learningRate });
    }
  });

  it("has one rate for prompts at K layers, the best over the trials of three ways to choose them", () => {
    const learningRate = bestRate(trials.filter(({ method }) => TOP_LAYERS.includes(method)));
    for (const method of TOP_LAYERS) expect(recordedSettings(method, backboneHash), method).toEqual({ learningRate });
  });

  it("rests on trials alone, as many for every method, none of them scored on test rows", () => {
    const counts = new Map<string, number>();
    for (const { method } of trials) counts.set(method, (counts.get(method) ?? 0) + 1);
    expect(new Set(counts.values()).size).toBe(1);
    expect(trials.filter(({ purpose, test }) => purpose !== "select" || test !== undefined)).toEqual([]);
  });

  it("fits every method's schema, and says nothing of other backbones", () => {
    for (const { id, configSchema } of METHODS) {
      configSchema.parse(recordedSettings(id, backboneHash));
      expect(recordedSettings(id, "0".repeat(64))).toEqual({});
    }
  });
});
