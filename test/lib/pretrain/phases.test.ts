import { describe, expect, it } from "vitest";
import { resolvePretrainConfig } from "../../../lib/pretrain/config.js";
import { learningRateAt, phaseAt } from "../../../lib/pretrain/phases.js";

const config = resolvePretrainConfig({
  corpus: ["x"],
  output: "y",
  steps: 100,
  layersSchedule: [3, 12],
  phaseShares: [0.6, 0.4],
  learningRate: 1e-3,
  warmupSteps: 10,
});

describe("phases", () => {
  it("begin at the given shares of the run", () => {
    expect([0, 0.59, 0.6, 0.99, 1].map((progress) => phaseAt(config, progress))).toEqual([0, 0, 1, 1, 1]);
  });

  it("warm up each, lower the rate of deeper ones, and decay in the last", () => {
    expect(learningRateAt(config, 0, 0, 0)).toBeCloseTo(1e-4, 12);
    expect(learningRateAt(config, 0.5, 0, 50)).toBeCloseTo(1e-3, 12);
    expect(learningRateAt(config, 0.6, 1, 0)).toBeCloseTo(0.5e-4, 12); // sqrt(3/12) = 1/2, first of ten warm-up steps
    expect(learningRateAt(config, 0.8, 1, 20)).toBeCloseTo(0.25e-3, 12); // half of the last phase is left
    expect(learningRateAt(config, 1, 1, 40)).toBeCloseTo(0.5e-3 * 0.02, 12);
  });
});
