/** `sptlab sweep`: a grid of tasks, methods, seeds and settings, on this machine or on all that share a Redis. */

import { type Command, InvalidArgumentError } from "commander";
import type { Executor, MachineFacts, SweepState } from "../../lib/experiments/index.js";
import { liveTable } from "./liveTable.js";

interface Flags {
  readonly processes?: number;
  readonly threads?: number;
  readonly redis?: string;
  readonly retryFailed?: boolean;
  readonly dryRun?: boolean;
  readonly device: string;
}

/** Adds the subcommand to `program`. */
export function registerSweep(program: Command): void {
  program
    .command("sweep")
    .argument("<spec>", "JSON file: model, tasks, methods with grids, seeds, training sizes")
    .description("run every combination of a spec that has no result yet; interrupt and start again at will")
    .option("--processes <n>", "runs at once (default: by cores and memory)", whole)
    .option("--threads <n>", "threads of each run (default: SPTLAB_THREADS, else the cores that are left)", whole)
    .option("--redis <url>", "let the machines that run sptlab worker with the same URL make the runs")
    .option("--retry-failed", "run again what has failed before")
    .option("--dry-run", "check the spec, its data and its model, and say how many runs are due")
    .option("--device <name>", "where to compute (default: SPTLAB_DEVICE, else the first that loads)", "auto")
    .action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  const [experiments, { useDevice }] = await Promise.all([
    import("../../lib/experiments/index.js"),
    import("../../lib/engine/index.js"),
  ]);
  const { dueRuns, formatResult, formatSweep, prepareSweep, readResults, readSweepSpec, resultsPath, runSweep } =
    experiments;
  const spec = await readSweepSpec(path);
  const device = await useDevice(flags.device as Parameters<typeof useDevice>[0]);
  const { plan, modelBytes } = await prepareSweep(spec);
  const before = new Map(readResults(resultsPath(plan)).map((result) => [result.id, result]));
  const due = dueRuns(plan, before);
  if (flags.dryRun)
    return console.log(`${spec.name}: ${plan.runCount} runs, ${due.length} due now, results in ${spec.output}`);

  const executor: Executor =
    flags.redis === undefined
      ? await localPool(device, flags, { runCount: plan.runCount, modelBytes })
      : await experiments.RedisExecutor.connect(flags.redis, spec);
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once("SIGINT", abort).once("SIGTERM", abort);
  const table = liveTable(process.stderr);
  const show = (state: SweepState): void => table.update(() => formatSweep(state, Date.now()));
  try {
    const end = await runSweep({
      plan,
      executor,
      signal: stop.signal,
      isRetry: flags.retryFailed,
      onChange: (state, finished) => {
        if (finished !== undefined) table.print(formatResult(finished));
        show(state);
      },
    });
    table.end(formatSweep(end, Date.now()).slice(0, 1));
    console.log(resultsPath(plan));
    if (end.isStopped) process.exitCode = 130;
    else if ([...end.results.values()].some(({ status }) => status === "failed")) process.exitCode = 1;
  } finally {
    process.off("SIGINT", abort).off("SIGTERM", abort);
    await executor.close();
  }
}

/** This machine's processes, on `device`. */
export async function localPool(
  device: string,
  { processes, threads = environmentThreads() }: Pick<Flags, "processes" | "threads">,
  facts: MachineFacts = {},
): Promise<Executor> {
  const { ProcessPool, sizePool } = await import("../../lib/experiments/index.js");
  process.env.SPTLAB_DEVICE = device; // of the processes that are started
  const isGpu = ["tensorflow-gpu", "cuda", "webgpu"].includes(device);
  const size = sizePool({ ...facts, processes, threads, isGpu });
  console.error(
    `${size.processes} at once, ${size.threads} ${size.threads === 1 ? "thread" : "threads"} each, on ${device}`,
  );
  return new ProcessPool(size);
}

/** A whole number from 1. */
export function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("it must be a whole number from 1");
  return value;
}

function environmentThreads(): number | undefined {
  const { SPTLAB_THREADS } = process.env;
  return SPTLAB_THREADS === undefined ? undefined : Number(SPTLAB_THREADS);
}
