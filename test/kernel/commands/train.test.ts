import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { registerMethods } from "../../../kernel/commands/methods.js";
import { settingsOf } from "../../../kernel/commands/settings.js";
import { registerTrain } from "../../../kernel/commands/train.js";
import { ConfigError } from "../../../lib/errors.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-train-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `sptlab <args>`; returns what it printed. */
async function sptlab(...args: string[]): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const program = new Command("sptlab").exitOverride();
  registerMethods(program);
  registerTrain(program);
  await program.parseAsync(["node", "sptlab", ...args]);
  const printed = log.mock.calls.map(([line]) => String(line)).join("\n");
  log.mockClear();
  return printed;
}

const few = () => ["--task", "sample/sst2", "--train-size", "8", "--runs", folder, "--json"];
const small = ["steps=1", "batchSize=2", "promptLength=2", "evaluateEvery=1", "maxLength=24"];

describe("sptlab methods", () => {
  it("lists every method with its parameters on the model", async () => {
    const table = await sptlab("methods");
    expect(table).toMatch(/^method +parameters +title +citation\n/);
    expect(table).toMatch(/\nlora +49,152 +LoRA +Hu et al\. 2022/); // 12 layers · 2 · 2 · 128 · 8
    const methods = JSON.parse(await sptlab("methods", "--json"));
    expect(methods).toHaveLength(19);
    expect(methods[0]).toMatchObject({ id: "full", kind: "train", config: { learningRate: 1e-3 } }); // recorded for roberta-nano
  });
});

describe("sptlab search, retrain and evaluate", () => {
  it("run the stages one by one, each on what the one before left", async () => {
    const dev = ["--set", "topK=2", "search.steps=1", "search.batchSize=2", "promptLength=2", "maxLength=24"];
    const searched = JSON.parse(await sptlab("search", ...few(), ...dev));
    expect(searched).toMatchObject({ kind: "search", status: "completed", config: { topK: 2, promptLength: 2 } });
    expect(searched.gates).toHaveLength(12);
    const retrained = JSON.parse(await sptlab("retrain", ...few(), "--layers", "8,11", "--set", ...small));
    expect(retrained).toMatchObject({ kind: "retrain", config: { layers: [8, 11] }, finishedSteps: 1 });
    const scored = JSON.parse(await sptlab("evaluate", ...few(), "--run", retrained.directory, "--split", "train"));
    expect(scored.curves.predictions).toHaveLength(8);
  });

  it("train any method, and say so in a few lines without --json", async () => {
    const flags = few().filter((flag) => flag !== "--json");
    const text = await sptlab(
      "retrain",
      ...flags,
      "--method",
      "bitfit",
      "--set",
      ...small.filter((s) => !/prompt/.test(s)),
    );
    expect(text).toMatch(/^bitfit-sample-sst2-[0-9a-f]{8}: completed after 1 steps\n/);
    expect(text).toContain("parameters");
  });

  it("refuse what cannot be run, with what can", async () => {
    await expect(sptlab("search", ...few(), "--method", "lora")).rejects.toThrow(/one: spt, darts.*got "lora"/);
    await expect(sptlab("retrain", ...few(), "--method", "lore")).rejects.toThrow(ConfigError);
    await expect(sptlab("retrain", ...few(), "--method", "lora", "--set", "rang=3")).rejects.toThrow(/rang/);
    await expect(sptlab("evaluate", ...few(), "--run", folder)).rejects.toThrow(/record\.json/);
  });
});

describe("settingsOf", () => {
  it("reads numbers, words, lists and nested names", () => {
    const texts = [
      "topK=3",
      "search.steps=50",
      "search.order=2",
      "head=classifier",
      "layers=[1,2]",
      "isMultiLayer=true",
    ];
    expect(settingsOf(texts)).toEqual({
      topK: 3,
      search: { steps: 50, order: 2 },
      head: "classifier",
      layers: [1, 2],
      isMultiLayer: true,
    });
    expect(() => settingsOf(["steps"])).toThrow(/name=value/);
  });
});
