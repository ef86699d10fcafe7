import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../lib/errors.js";
import { parseSweepSpec, readSweepSpec, settingNames } from "../../../lib/experiments/spec.js";

const spec = { name: "s", tasks: ["sst2"], methods: ["lora"] };

describe("parseSweepSpec", () => {
  it("fills in what is left out", () => {
    expect(parseSweepSpec(spec)).toEqual({
      ...spec,
      methods: [{ method: "lora", settings: {}, grid: {} }],
      model: "roberta-nano",
      output: "runs/s",
      seeds: [1],
      trainSizes: ["full"],
      settings: {},
      grid: {},
      checkpointSeconds: 30,
    });
  });

  it("refuses unknown methods and settings with the list of known ones", () => {
    expect(() => parseSweepSpec({ ...spec, methods: ["lore"] })).toThrow(/among full, bitfit, lora.*got "lore"/);
    const rang = { method: "lora", grid: { rang: [4] } };
    expect(() => parseSweepSpec({ ...spec, methods: [rang] })).toThrow(
      /settings of lora must be among rank.*got "rang"/,
    );
    expect(() => parseSweepSpec({ ...spec, settings: { topK: 3 } })).toThrow(/shared settings.*got "topK"/);
    expect(() => parseSweepSpec({ ...spec, grid: { steps: [] } })).toThrow(ConfigError);
    expect(() => parseSweepSpec({ ...spec, sizes: [100] })).toThrow(/sizes/);
    expect(() => parseSweepSpec({ ...spec, seeds: [1, 1] })).toThrow(/seeds must differ.*got 1 twice/);
    expect(() => parseSweepSpec({ ...spec, trainSizes: ["half"] })).toThrow(ConfigError);
  });

  it("takes a setting of some methods for all, and settings of stages by a dot", () => {
    const settings = { topK: 3, "search.steps": 5, learningRate: 0.01 };
    expect(parseSweepSpec({ ...spec, methods: ["lora", "spt"], settings }).settings).toEqual(settings);
    expect(settingNames("spt")).toEqual(expect.arrayContaining(["topK", "search.steps", "search.maskRate"]));
    expect(settingNames("lora")).not.toContain("topK");
  });
});

describe("readSweepSpec", () => {
  it("names the file that is not there", async () => {
    await expect(readSweepSpec("no/such.json")).rejects.toThrow(/^no\/such\.json must be a JSON file/);
  });
});
