import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../lib/errors.js";
import { selectLayers } from "../../../lib/search/selectLayers.js";

const gates = [0.5, 0.7, 0.4, 0.7, 0.9, 0.7];

describe("selectLayers", () => {
  it("keeps the K largest gates, breaking ties by the lower layer", () => {
    expect(selectLayers({ gates, config: { topK: 3 } })).toEqual([1, 3, 4]);
    expect(selectLayers({ gates, config: { topK: 3 } }, { topK: 1 })).toEqual([4]);
    expect(selectLayers({ gates: [0.5, 0.5, 0.5], config: { topK: 2 } })).toEqual([0, 1]);
  });

  it("says which K would do", () => {
    expect(() => selectLayers({ gates: Array(24).fill(0.5), config: { topK: 6 } }, { topK: 30 })).toThrow(
      "topK must be between 1 and 24 (the backbone has 24 layers); got 30. Lower topK in the retrain cell.",
    );
    expect(() => selectLayers({ gates, config: { topK: 0 } })).toThrow(ConfigError);
    expect(() => selectLayers({ gates, config: { topK: 1.5 } })).toThrow(ConfigError);
  });
});
