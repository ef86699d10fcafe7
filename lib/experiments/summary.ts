/** Summary of a sweep: each method's test scores over seeds with their interval, and which methods are not told apart. */

import { ConfigError } from "../errors.js";
import { taskMetric } from "../metrics.js";
import {
  type BootstrapOptions,
  compareScores,
  type Difference,
  type Interval,
  interval,
  mean,
  type ResampledScore,
  resampleScores,
  standardDeviation,
} from "../statistics.js";
import { decodeClasses, type SweepResult } from "./results.js";

/** One number of the table, with all that must be said beside it. */
export interface SummaryRow {
  readonly task: string;
  readonly trainSize: number | "full";
  /** What tables call the method. */
  readonly name: string;
  readonly method: string;
  /** What the spec set, or what was selected on dev. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly metric: "accuracy" | "f1";
  /** In ascending order. */
  readonly seeds: readonly number[];
  /** Test score of each seed. */
  readonly scores: readonly number[];
  readonly mean: number;
  /** Over seeds; NaN for one seed. */
  readonly deviation: number;
  /** Of the mean, over seeds and examples. */
  readonly interval: Interval;
  readonly parameterCount: number;
  /** Updates of the training, and of the search before it, where there is one. */
  readonly steps: number;
  readonly searchSteps?: number;
  /** Settings tried for it; 0 where nothing was selected. */
  readonly trials: number;
  /** True for the best mean, and for what the paired bootstrap does not tell apart from it. */
  readonly isAmongBest: boolean;
  /** The score of the method that it is compared with, less its own; none for that method itself. */
  readonly comparison?: Difference;
  readonly isSynthetic: boolean;
}

/** How the intervals are drawn. */
export interface SummaryOptions extends Pick<BootstrapOptions, "resamples" | "confidence" | "seed"> {
  /** Name of the method that the others are compared with. */
  readonly against?: string;
}

/**
 * A row for each task, size, method and settings with finished report runs, in the order of the results.
 *
 * @throws ConfigError  when runs of one task were scored on different test rows, or `against` has no results
 */
export function summarise(results: readonly SweepResult[], options: SummaryOptions = {}): SummaryRow[] {
  const finished = results.filter(
    ({ purpose, status, test }) => purpose === "report" && status === "completed" && test !== undefined,
  );
  checkReference(finished, options);
  return [...groupBy(finished, ({ task, trainSize }) => [task, trainSize]).values()].flatMap((cell) =>
    summariseCell(cell, options),
  );
}

function checkReference(finished: readonly SweepResult[], { against }: SummaryOptions): void {
  const names = [...new Set(finished.map(({ name }) => name))];
  if (against === undefined || names.includes(against)) return;
  throw new ConfigError(
    `The method to compare with must be one of ${names.join(", ")}; got "${against}". Choose one of them.`,
    { against, names },
  );
}

/**
 * Difference of two methods on one task and size, a − b, over the seeds that both have.
 *
 * @param a  results of one method, as `b` of the other
 * @throws ConfigError  when they share no seed, or were scored on different test rows
 */
export function compareMethods(
  a: readonly SweepResult[],
  b: readonly SweepResult[],
  options: SummaryOptions = {},
): Difference {
  return new ResampledCell([a, b], bootstrapOptions([...a, ...b], options)).compare(a, b);
}

function summariseCell(cell: readonly SweepResult[], options: SummaryOptions): SummaryRow[] {
  const settings = bootstrapOptions(cell, options);
  const groups = [...groupBy(cell, ({ name, settings }) => [name, settings]).values()].map((runs) =>
    [...runs].sort((a, b) => a.seed - b.seed),
  );
  const scoresOf = (runs: readonly SweepResult[]): number[] =>
    runs.map((run) => settings.metric(settings.labels, predictionsIn(run)));
  const means = groups.map((runs) => mean(scoresOf(runs)));
  const best = groups[means.indexOf(Math.max(...means))] ?? [];
  const reference = groups.find(([first]) => first?.name === options.against);
  const resampled = new ResampledCell(groups, settings);
  return groups.flatMap((runs) => {
    const [first] = runs;
    if (first === undefined) return [];
    const { task, trainSize, name, method, metric = "accuracy", parameterCount = Number.NaN, config, trials } = first;
    const scores = scoresOf(runs);
    const row: SummaryRow = {
      task,
      trainSize,
      name,
      method,
      settings: first.settings,
      metric,
      seeds: runs.map(({ seed }) => seed),
      scores,
      mean: mean(scores),
      deviation: standardDeviation(scores),
      interval: interval(resampled.score(runs, runs), settings),
      parameterCount,
      steps: config.steps as number,
      searchSteps: (config.search as { readonly steps?: number } | undefined)?.steps,
      trials,
      isAmongBest: runs === best || resampled.compare(best, runs).low <= 0,
      comparison: reference === undefined || reference === runs ? undefined : resampled.compare(reference, runs),
      isSynthetic: first.isSynthetic === true,
    };
    return [row];
  });
}

/** Resampled scores of methods on one task and size; all that have the same seeds are drawn together, once. */
class ResampledCell {
  private readonly drawn = new Map<string, Map<readonly SweepResult[], ResampledScore>>();

  constructor(
    private readonly methods: readonly (readonly SweepResult[])[],
    private readonly options: BootstrapOptions,
  ) {}

  /** Of one method, over the seeds that it shares with another. */
  score(method: readonly SweepResult[], other: readonly SweepResult[]): ResampledScore {
    const seeds = method.map(({ seed }) => seed).filter((seed) => other.some((run) => run.seed === seed));
    const drawn = this.drawn.get(String(seeds)) ?? this.draw(seeds);
    this.drawn.set(String(seeds), drawn);
    return drawn.get(method) as ResampledScore;
  }

  /** a − b. */
  compare(a: readonly SweepResult[], b: readonly SweepResult[]): Difference {
    return compareScores(this.score(a, b), this.score(b, a), this.options);
  }

  private draw(seeds: readonly number[]): Map<readonly SweepResult[], ResampledScore> {
    const having = this.methods.flatMap((method) => {
      const runs = seeds.flatMap((seed) => method.find((run) => run.seed === seed) ?? []);
      return runs.length === seeds.length ? [{ method, predictions: runs.map(predictionsIn) }] : [];
    });
    const scores = resampleScores(having, this.options);
    return new Map(having.map(({ method }, i) => [method, scores[i] as ResampledScore]));
  }
}

/** Labels and metric of runs that were scored on the same rows. */
function bootstrapOptions(runs: readonly SweepResult[], options: SummaryOptions): BootstrapOptions {
  const labels = new Set(runs.map(({ test }) => test?.labels));
  const metrics = new Set(runs.map(({ metric }) => metric));
  const [first] = runs;
  if (first?.test === undefined || first.metric === undefined || labels.size !== 1 || metrics.size !== 1) {
    throw new ConfigError(
      `Scores are compared over the same seeds and test rows; got ${runs.length} runs on ${labels.size} sets of rows ` +
        `(${[...new Set(runs.map(({ task }) => task))].join(", ")}). Leave out results of other data.`,
      { runs: runs.map(({ id }) => id) },
    );
  }
  const { metric } = first;
  return {
    ...options,
    labels: decodeClasses(first.test.labels),
    metric: (wanted, predictions) => taskMetric({ metric }, wanted, predictions),
  };
}

function predictionsIn({ test }: SweepResult): number[] {
  return decodeClasses(test?.predictions ?? "");
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => unknown): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
