/** One run of a sweep, from its data to its result: the same calls as on the command line and in notebooks. */

import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import { DataError } from "../errors.js";
import { trainMethod } from "../methods/trainMethod.js";
import type { RunRecord } from "../runRecord.js";
import { sampleFewShot } from "../task/fewShot.js";
import type { TaskData } from "../task/task.js";
import { evaluate } from "../train/evaluate.js";
import type { RunOptions } from "../train/run.js";
import type { PlannedRun } from "./plan.js";
import { encodeClasses, type SweepResult, type TestResult } from "./results.js";

/** A run, and where its model, its data and its folder are. */
export interface SweepJob {
  readonly run: PlannedRun;
  readonly model: string;
  readonly data?: string;
  /** Folder of the sweep, which has the runs' folders in `runs`. */
  readonly output: string;
  readonly checkpointEveryMs: number;
}

/** What a run is made with. */
export interface PerformOptions extends Pick<RunOptions, "signal" | "onProgress"> {
  readonly backbone: Backbone;
  /** The whole task; a few-shot split is drawn from it. */
  readonly data: TaskData;
}

/**
 * Trains, from the checkpoint on where there is one, and scores on dev and, for a report, once on test.
 *
 * @returns  undefined when it was stopped
 * @throws DataError  when data or model are not those of the plan, as on a machine with other files
 */
export async function performRun(job: SweepJob, options: PerformOptions): Promise<SweepResult | undefined> {
  const { run, output, checkpointEveryMs } = job;
  const runDirectory = join(output, "runs", run.runId); // not shared: another run may be at work on an equal stage
  const { backbone, data: whole, signal, onProgress } = options;
  checkFits(run, options);
  const { seed, trainSize, method, config, testRows = whole.test.length } = run;
  const fewShot = trainSize === "full" ? {} : sampleFewShot(whole.train, { trainSize, seed });
  const data = { ...whole, ...fewShot, test: whole.test.sample(testRows) };
  const common = { backbone, data, seed, runDirectory, checkpointEveryMs, resume: true, signal, onProgress };
  const { record, searched } = await trainMethod({ ...common, method, config });
  if (record.status === "stopped") return undefined;

  const { metric } = data.task;
  const onTest = run.purpose === "report" ? await evaluate({ ...common, retrained: record }) : undefined;
  if (onTest?.status === "stopped") return undefined;

  const stages = [searched, record, onTest].flatMap((stage) => stage ?? []);
  const seconds = [...new Map(stages.map((stage) => [stage.id, stage.timing.seconds])).values()];
  return {
    ...run,
    status: "completed",
    model: job.model,
    isSynthetic: record.isSynthetic,
    modelWeights: record.modelWeights,
    config: { ...run.config, ...record.config },
    versions: record.versions,
    startedAt: (searched ?? record).timing.startedAt,
    seconds: seconds.reduce((sum, value) => sum + value, 0),
    parameterCount: record.parameterCount,
    layers: record.config.layers as readonly number[] | undefined,
    metric,
    dev: record.metrics.devMetric,
    test: onTest === undefined ? undefined : testResult(onTest, data),
    records: {
      ...(searched === undefined ? {} : { searched: searched.id }),
      trained: record.id,
      ...(onTest === undefined ? {} : { evaluated: onTest.id }),
    },
  };
}

/** The result of a run that threw. */
export function failedResult({ run, model }: SweepJob, error: unknown): SweepResult {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { ...run, status: "failed", model, error: { name, message } };
}

function checkFits(run: PlannedRun, { backbone, data }: PerformOptions): void {
  const pairs = [
    ["model", run.modelHash, backbone.hash],
    [`data of ${run.task}`, run.dataHash, data.hash],
  ] as const;
  const wrong = pairs.find(([, expected, came]) => expected !== came);
  if (wrong === undefined) return;
  const [what, expected, came] = wrong;
  throw new DataError(
    `The ${what} must have the hash ${expected.slice(0, 12)} that the sweep was planned with; got ${came.slice(0, 12)}. ` +
      "Give every machine the same files.",
    { what, expected, came },
  );
}

/** `curves.predictions` of an evaluation, with the labels that they are scored against. */
function testResult({ id, metrics, curves }: RunRecord, { test }: TaskData): TestResult {
  const labels = test.open(id).map(({ label }) => label);
  return { metrics, predictions: encodeClasses(curves.predictions as number[]), labels: encodeClasses(labels) };
}
