import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { definitionOf, withTaskFlags } from "../../../kernel/commands/taskFlags.js";
import { registerTrain } from "../../../kernel/commands/train.js";
import { DataFolder } from "../../lib/task/dataFolder.js";

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.create();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder.remove();
});

describe("the flags of a task", () => {
  it("say only what was given", () => {
    const read = (...flags: string[]) =>
      definitionOf(
        withTaskFlags(new Command())
          .parse(["node", "x", ...flags])
          .opts(),
      );
    expect(read()).toEqual({});
    expect(read("--labels", "bad, good", "--label-words", "terrible,great", "--metric", "f1")).toEqual({
      labels: ["bad", "good"],
      labelWords: ["terrible", "great"],
      metric: "f1",
    });
  });

  it("make a CSV file a task to train on", async () => {
    const rows = Array.from(
      { length: 20 },
      (_, i) => `film ${i} is ${["bad", "good"][i % 2]},${["sad", "happy"][i % 2]}`,
    );
    await folder.write("mood.csv", ["text,label", ...rows]);
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const program = new Command("sptlab").exitOverride();
    registerTrain(program);
    const train = (...flags: string[]) => {
      const where = ["--task", "mood", "--data", folder.path, "--runs", join(folder.path, "runs"), "--json"];
      const set = ["--set", "steps=1", "batchSize=2", "promptLength=2", "evaluateEvery=1", "maxLength=24"];
      return program.parseAsync(["node", "sptlab", "retrain", "--layers", "11", ...where, ...flags, ...set]);
    };
    await train("--label-words", "great,terrible", "--template", "It was <mask> : {x}");
    const record = JSON.parse(String(log.mock.calls[0]?.[0]));
    expect(record).toMatchObject({ dataId: "mood", status: "completed", isSynthetic: false });
    await expect(train("--label-words", "splendiferous,terrible")).rejects.toThrow(/"splendiferous" must be one token/);
    await expect(train("--metric", "bleu")).rejects.toThrow(/metric/);
  });
});
