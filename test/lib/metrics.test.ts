import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { accuracy, f1, macroF1, majorityShare, matthews, pearson, spearman } from "../../lib/metrics.js";

interface Case {
  readonly name?: string;
  readonly labels: number[];
  readonly predictions: number[];
  readonly [metric: string]: unknown;
}
const goldens = JSON.parse(
  readFileSync(new URL("../fixtures/metrics/metrics.json", import.meta.url), "utf8"),
) as Record<"binary" | "multiclass" | "regression", Case[]>;

// The reference is float64 too; 1e-9 is the tolerance of goldens/README.md.
const metrics = { accuracy, f1, macro_f1: macroF1, matthews, pearson, spearman };

describe("metrics", () => {
  it.each(["binary", "multiclass", "regression"] as const)("equal the reference on %s labels", (kind) => {
    let checked = 0;
    for (const item of goldens[kind]) {
      for (const [name, metric] of Object.entries(metrics)) {
        const expected = item[name];
        if (typeof expected !== "number") continue;
        const value = metric(item.labels, item.predictions);
        expect(Math.abs(value - expected), `${item.name} ${name}: ${value}`).toBeLessThan(1e-9);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(goldens[kind].length);
  });

  it("gives the share of the most frequent label", () => {
    expect(majorityShare([0, 1, 1, 2])).toBe(0.5);
    expect(majorityShare([])).toBe(0);
  });
});
