/** `sptlab search`, `retrain` and `evaluate`: the stages of a run from the shell, by the code that notebooks call. */

import type { Command } from "commander";
import type { Backbone } from "../../lib/backbone/backbone.js";
import type { OnProgress } from "../../lib/progress.js";
import type { RunRecord } from "../../lib/runRecord.js";
import type { TaskData } from "../../lib/task/task.js";
import { number, numbers } from "./numbers.js";
import { settingsOf } from "./settings.js";
import { definitionOf, type TaskFlags, withTaskFlags } from "./taskFlags.js";

/** What all three take. */
interface Flags extends TaskFlags {
  readonly task: string;
  readonly model: string;
  readonly data?: string;
  readonly trainSize?: number;
  readonly seed: number;
  readonly runs: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly device: string;
}

interface TrainFlags extends Flags {
  readonly method: string;
  readonly set: readonly string[];
  readonly layers?: readonly number[];
}

interface EvaluateFlags extends Flags {
  readonly run: string;
  readonly split: "train" | "dev" | "test";
}

/** Adds the three subcommands to `program`. */
export function registerTrain(program: Command): void {
  withFlags(
    program.command("search").description("search prompt layers: the first stage of a method that chooses them"),
  )
    .option("--method <id>", "see sptlab methods", "spt")
    .option("--set <name=value...>", "settings of the method, such as topK=3 search.steps=50", [])
    .action((flags: TrainFlags) => run(flags, searchOnly));
  withFlags(program.command("retrain").description("train a method, a search of its layers included"))
    .option("--method <id>", "see sptlab methods", "spt")
    .option("--set <name=value...>", "settings of the method, such as learningRate=0.001", [])
    .option("--layers <list>", "prompt layers, such as 4,8,11: trains SPT's prompts there, without a search", numbers)
    .action((flags: TrainFlags) => run(flags, train));
  withFlags(program.command("evaluate").description("score a finished run on one split"))
    .requiredOption("--run <dir>", "folder of the run, as its record names it")
    .option("--split <name>", "train, dev or test", "test")
    .action((flags: EvaluateFlags) => run(flags, evaluateRun));
}

function withFlags(command: Command): Command {
  return withTaskFlags(command)
    .requiredOption("--task <id>", "a benchmark, a task of your own, or sample/<id>; see sptlab tasks")
    .option(
      "--model <model>",
      "a packaged model, a directory in Hugging Face layout, or a name on the hub",
      "roberta-nano",
    )
    .option("--data <dir>", "where data are (default: SPTLAB_DATA)")
    .option("--train-size <n>", "few-shot: examples to train on, drawn by the seed", number)
    .option("--seed <n>", "seed of every random choice", number, 1)
    .option("--runs <dir>", "folder that keeps the runs", "runs")
    .option("--resume", "go on with the same run, or print its record when it is completed")
    .option("--json", "print the record as JSON")
    .option("--device <name>", "where to compute (default: SPTLAB_DEVICE, else the first that loads)", "auto");
}

/** What a stage is given. */
interface Stage {
  readonly backbone: Backbone;
  readonly data: TaskData;
  readonly seed: number;
  readonly runDirectory: string;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

async function run<F extends Flags>(flags: F, stage: (stage: Stage, flags: F) => Promise<RunRecord>): Promise<void> {
  const [{ useDevice }, { loadBackbone }, { loadTask, sampleFewShot }] = await Promise.all([
    import("../../lib/engine/index.js"),
    import("../../lib/backbone/loadBackbone.js"),
    import("../../lib/task/index.js"),
  ]);
  await useDevice(flags.device as Parameters<typeof useDevice>[0]);
  const { seed, trainSize } = flags;
  const full = await loadTask(flags.task, { directory: flags.data, definition: definitionOf(flags) });
  const data = trainSize === undefined ? full : { ...full, ...sampleFewShot(full.train, { trainSize, seed }) };
  const backbone = await loadBackbone(flags.model);
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once("SIGINT", abort).once("SIGTERM", abort);
  const { runs: runDirectory, resume = false } = flags;
  const common = { backbone, data, seed, runDirectory, resume, signal: stop.signal, onProgress: progressLine() };
  const record = await stage(common, flags);
  process.off("SIGINT", abort).off("SIGTERM", abort);
  backbone.dispose();
  console.log(flags.json ? JSON.stringify(record) : summarise(record));
  if (record.status === "stopped") process.exitCode = 130;
}

async function searchOnly(stage: Stage, { method: id, set }: TrainFlags): Promise<RunRecord> {
  const { findMethod, searchingMethods } = await import("../../lib/methods/registry.js");
  const method = findMethod(id);
  if (method.kind === "search" && method.search !== undefined) {
    return method.search({ ...stage, config: settingsOf(set) });
  }
  throw new Error(`search needs a method that has one: ${searchingMethods().join(", ")}; got "${id}". Use retrain.`);
}

async function train(stage: Stage, { method, set, layers }: TrainFlags): Promise<RunRecord> {
  const config = settingsOf(set);
  if (layers !== undefined) {
    const [{ retrain }, { recordedSettings }] = await Promise.all([
      import("../../lib/train/retrain.js"),
      import("../../lib/methods/recordedSettings.js"),
    ]);
    return retrain({ ...stage, layers, config: { ...recordedSettings("spt", stage.backbone.hash), ...config } });
  }
  const { trainMethod } = await import("../../lib/methods/trainMethod.js");
  return (await trainMethod({ ...stage, method, config })).record;
}

async function evaluateRun(stage: Stage, { run: directory, split }: EvaluateFlags): Promise<RunRecord> {
  const [{ evaluate }, { readRecord }] = await Promise.all([
    import("../../lib/train/evaluate.js"),
    import("../../lib/runRecord.js"),
  ]);
  const retrained = await readRecord(directory);
  if (retrained === undefined)
    throw new Error(`--run must name a folder with a record.json; there is none in ${directory}.`);
  return evaluate({ ...stage, retrained, split });
}

function summarise({
  id,
  status,
  finishedSteps,
  parameterCount,
  metrics,
  config,
  timing,
  directory,
}: RunRecord): string {
  const scores = Object.entries(metrics).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  const layers = config.layers === undefined ? [] : [`layers ${config.layers}`];
  const facts = [...layers, ...scores, `${parameterCount} parameters`, `${timing.seconds.toFixed(1)} s`];
  return `${id}: ${status} after ${finishedSteps} steps\n${facts.join(", ")}\n${directory}`;
}

/** A line about every five seconds on stderr, so that stdout is the record alone. */
function progressLine(): OnProgress {
  let shownAt = performance.now();
  return ({ stage, step, totalSteps, etaSeconds, metrics }) => {
    if (performance.now() - shownAt < 5000) return;
    shownAt = performance.now();
    const values = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    console.error(`${[`${stage} ${step}/${totalSteps}`, ...values].join(" ")} ETA ${Math.round(etaSeconds ?? 0)} s`);
  };
}
