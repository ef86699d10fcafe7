/** `sptlab worker`: gives this machine to the sweeps of a Redis. */

import { type Command, InvalidArgumentError } from "commander";
import { localPool, whole } from "./sweep.js";

interface Flags {
  readonly redis: string;
  readonly processes?: number;
  readonly threads?: number;
  readonly data?: string;
  readonly output?: string;
  readonly lockSeconds?: number;
  readonly device: string;
}

/** Adds the subcommand to `program`. */
export function registerWorker(program: Command): void {
  program
    .command("worker")
    .description("make runs of sptlab sweep --redis, until interrupted; they go back with their checkpoints")
    .requiredOption("--redis <url>", "such as redis://host:6379")
    .option("--processes <n>", "runs at once (default: by cores and memory)", whole)
    .option("--threads <n>", "threads of each run (default: SPTLAB_THREADS, else the cores that are left)", whole)
    .option("--data <dir>", "where data are on this machine (default: as the sweep says)")
    .option("--output <dir>", "folder of the runs on this machine (default: as the sweep says)")
    .option("--lock-seconds <n>", "silence after which a worker's runs go to others (default: 30)", seconds)
    .option("--device <name>", "where to compute (default: SPTLAB_DEVICE, else the first that loads)", "auto")
    .action(run);
}

async function run({ redis: url, device: wanted, data, output, lockSeconds, ...size }: Flags): Promise<void> {
  const [{ formatResult, serveSweeps }, { useDevice }] = await Promise.all([
    import("../../lib/experiments/index.js"),
    import("../../lib/engine/index.js"),
  ]);
  const device = await useDevice(wanted as Parameters<typeof useDevice>[0]);
  const executor = await localPool(device, size);
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once("SIGINT", abort).once("SIGTERM", abort);
  await serveSweeps({
    url,
    executor,
    signal: stop.signal,
    data,
    output,
    lockSeconds,
    onStart: ({ run: { id } }) => console.error(`started ${id}`),
    onEnd: (result) => console.error(formatResult(result)),
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("it must be a number of seconds");
  return value;
}
