import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../../lib/backbone/backbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { search } from "../../../lib/search/search.js";
import { TestSet } from "../../../lib/task/testSet.js";
import { evaluate } from "../../../lib/train/evaluate.js";
import { fineTune } from "../../../lib/train/fineTune.js";
import { promptTuning } from "../../../lib/train/promptTuning.js";
import { retrain } from "../../../lib/train/retrain.js";
import { loadTinyBackbone } from "../tinyBackbone.js";
import { createToyData, toyTokenizer } from "../toyTask.js";

const folder = mkdtempSync(join(tmpdir(), "test-set-"));
const config = { steps: 2, batchSize: 4, promptLength: 2, bottleneckSize: 8 };

let backbone: Backbone;
beforeAll(async () => {
  await useDevice("onnx");
  backbone = await loadTinyBackbone(toyTokenizer);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a test set", () => {
  it("writes down who opens it, and is one object however the data are spread", () => {
    const data = createToyData();
    const fewer = { ...data, train: data.train.slice(0, 4) };
    expect(fewer.test.open("run-1")).toHaveLength(24);
    expect(data.test.openedBy).toEqual(["run-1"]);
  });

  it("shows no row unless it is opened", () => {
    const rows = [{ text: "unheard of", label: 1 }];
    const test = new TestSet(rows);
    expect(inspect(test, { depth: 9, showHidden: true }) + JSON.stringify(test)).not.toContain("unheard");
    expect(test.length).toBe(1);
    expect(test.hash).not.toBe(new TestSet([{ text: "unheard of", label: 0 }]).hash);
  });

  it("stays shut while searching and training, and is opened once by the evaluation of each model", async () => {
    const full = createToyData();
    const { length, hash } = full.test;
    const sealed = { ...full, test: { length, hash } }; // not even there
    const common = { backbone, data: sealed, config, runDirectory: folder };
    const searched = await search(common);
    const selective = await retrain({ ...common, layers: [1] });
    const inputOnly = await promptTuning(common);
    expect(searched.dataHash).toBe(selective.dataHash);
    expect(full.test.openedBy).toEqual([]);

    for (const retrained of [selective, inputOnly]) {
      const { curves } = await evaluate({ backbone, data: full, retrained, runDirectory: folder });
      expect(curves.predictions).toHaveLength(length);
    }
    expect(full.test.openedBy).toEqual([selective.id, inputOnly.id]);
  });

  it("is not opened to score train or dev", async () => {
    const data = createToyData();
    const retrained = await retrain({ backbone, data, layers: [1], config, runDirectory: folder });
    await evaluate({ backbone, data, retrained, split: "dev", runDirectory: folder });
    expect(data.test.openedBy).toEqual([]);
  });

  it("is opened once by fine-tuning, after its last step", async () => {
    const data = createToyData();
    let openedWhileTraining = 0;
    await fineTune({
      backbone,
      data,
      config: { steps: 2, batchSize: 4, evaluateEvery: 1 },
      onProgress: () => {
        openedWhileTraining += data.test.openedBy.length;
      },
    });
    expect(openedWhileTraining).toBe(0);
    expect(data.test.openedBy).toEqual(["fine-tune"]);
  });
});
