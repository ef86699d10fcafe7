import { describe, expect, it } from "vitest";
import { type FeatureRows, probeAccuracy } from "../../../lib/pretrain/linearProbe.js";
import { createRandom } from "../../../lib/random.js";

/** Two Gaussian classes whose means differ by 2 along the first axis; the other axes are noise of very different size. */
function gaussians(count: number, seed: number, scale = 1): FeatureRows {
  const random = createRandom(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const values = Float32Array.from(
    labels.flatMap((label) => [
      scale * (random.normal() + (label === 1 ? 1 : -1)),
      100 * random.normal() + 50,
      0.01 * random.normal(),
    ]),
  );
  return { values, featureCount: 3, labels };
}

describe("linear probe", () => {
  it("comes close to the best accuracy that two Gaussians allow", () => {
    // Means two deviations apart: the best classifier is right with probability Phi(1) = 0.8413; 2000 rows: sd 0.008.
    const { accuracy } = probeAccuracy(gaussians(1000, 1), gaussians(500, 2), gaussians(2000, 3));
    expect(Math.abs(accuracy - 0.8413)).toBeLessThan(0.025);
  });

  it("does not depend on the units of a feature", () => {
    const score = (scale: number): number =>
      probeAccuracy(gaussians(400, 1, scale), gaussians(200, 2, scale), gaussians(400, 3, scale)).accuracy;
    expect(score(1000)).toBeCloseTo(score(1), 2);
  });

  it("separates three classes that a line each separates", () => {
    const corners = [
      [0, 0],
      [4, 0],
      [0, 4],
    ] as const;
    const random = createRandom(6);
    const rows = (count: number): FeatureRows => {
      const labels = Array.from({ length: count }, (_, i) => i % 3);
      const values = labels.flatMap((label) =>
        (corners[label] ?? corners[0]).map((center) => center + 0.5 * random.normal()),
      );
      return { values: Float32Array.from(values), featureCount: 2, labels };
    };
    expect(probeAccuracy(rows(300), rows(90), rows(300)).accuracy).toBeGreaterThan(0.99);
  });

  it("refuses splits with different numbers of features", () => {
    expect(() => probeAccuracy(gaussians(10, 1), gaussians(10, 2), { ...gaussians(10, 3), featureCount: 2 })).toThrow(
      /same number of features/,
    );
  });
});
