/** `%time` and `%timeit`: how long code takes. */

/** A loop of `%timeit` lasts at least this long. */
const LOOP_MS = 200;

/** How many loops are timed unless told. */
const DEFAULT_RUNS = 7;

/** Wall and CPU time so far. */
export interface StartedTime {
  /** `performance.now()`. */
  readonly wallMs: number;
  readonly cpu: NodeJS.CpuUsage;
}

/** Reads the clocks. */
export function startTime(): StartedTime {
  return { wallMs: performance.now(), cpu: process.cpuUsage() };
}

/** "wall 1.2 s, CPU 1.3 s (user 1.2 s, system 100 ms)". */
export function elapsedText(start: StartedTime): string {
  const wall = performance.now() - start.wallMs;
  const { user, system } = process.cpuUsage(start.cpu); // microseconds
  const cpu = `CPU ${durationText((user + system) / 1e3)} (user ${durationText(user / 1e3)}, system ${durationText(system / 1e3)})`;
  return `wall ${durationText(wall)}, ${cpu}`;
}

/** What `%timeit` measured; times in milliseconds per loop. */
export interface TimeitResult {
  readonly mean: number;
  readonly std: number;
  readonly best: number;
  readonly runs: number;
  readonly loops: number;
}

/**
 * Times `body` in runs of many loops; a promise that it returns is waited for.
 *
 * @param options  `-n LOOPS` and `-r RUNS`, as in the magic; by default as many loops as last 0.2 s, and 7 runs
 * @param now      clock in milliseconds
 */
export async function timeit(
  body: () => unknown,
  options: string,
  now: () => number = () => performance.now(),
): Promise<TimeitResult> {
  const option = (letter: string): number => Number(new RegExp(`-${letter}\\s*(\\d+)`).exec(options)?.[1] ?? 0);
  const first = body();
  const isAsync = isThenable(first);
  if (isAsync) await first;
  const run = async (loops: number): Promise<number> => {
    const start = now();
    if (isAsync) for (let i = 0; i < loops; i++) await body();
    else for (let i = 0; i < loops; i++) body();
    return now() - start;
  };
  let loops = option("n") || 1;
  if (option("n") === 0) while ((await run(loops)) < LOOP_MS && loops < 1e9) loops *= 10;
  const times: number[] = [];
  const runs = option("r") || DEFAULT_RUNS;
  for (let i = 0; i < runs; i++) times.push((await run(loops)) / loops);
  const mean = times.reduce((sum, time) => sum + time, 0) / runs;
  const std = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / runs);
  return { mean, std, best: Math.min(...times), runs, loops };
}

/** "1.2 µs ± 30 ns per loop (mean ± std of 7 runs, 1,000,000 loops each), best 1.1 µs". */
export function timeitText({ mean, std, best, runs, loops }: TimeitResult): string {
  const of = `mean ± std of ${runs} runs, ${loops.toLocaleString("en-US")} loop${loops === 1 ? "" : "s"} each`;
  return `${durationText(mean)} ± ${durationText(std)} per loop (${of}), best ${durationText(best)}`;
}

/** Three digits and the unit in which they read well. */
export function durationText(ms: number): string {
  if (ms >= 120_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
  const [scale, unit] = ms >= 1_000 ? [1e-3, "s"] : ms >= 1 ? [1, "ms"] : ms >= 1e-3 ? [1e3, "µs"] : [1e6, "ns"];
  return `${Number((ms * scale).toPrecision(3))} ${unit}`;
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
