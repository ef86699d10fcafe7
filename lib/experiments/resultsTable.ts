/** Tables of a sweep's results, in Markdown: test scores with their intervals, and the trials that settings were chosen by. */

import { compareRanks } from "../rankStatistics.js";
import { mean } from "../statistics.js";
import type { SweepResult } from "./results.js";
import { type SummaryOptions, type SummaryRow, summarise } from "./summary.js";

/**
 * A row for each method and size, a column for each task: mean ± standard deviation over seeds in percent, and below it
 * the interval over seeds and examples. Bold: the best mean of the column, and what the paired bootstrap does not tell apart
 * from it. With `against`, the last column counts the tasks on which that method is better, not told apart, and worse.
 *
 * @throws ConfigError  when runs of one task were scored on different test rows, or `against` has no results
 */
export function formatResults(results: readonly SweepResult[], options: SummaryOptions = {}): string {
  const rows = summarise(results, options);
  const tasks = unique(rows.map(({ task }) => task));
  const methods = unique(rows.map(methodKey));
  const find = (method: string, task: string): SummaryRow | undefined =>
    rows.find((row) => row.task === task && methodKey(row) === method);
  const complete = methods.filter((method) => tasks.every((task) => find(method, task) !== undefined));
  const ranks = meanRanks(complete.map((method) => tasks.map((task) => find(method, task)?.mean ?? Number.NaN)));

  const lines = methods.map((method) => {
    const own = tasks.map((task) => find(method, task));
    const first = rows.find((row) => methodKey(row) === method) as SummaryRow;
    const isComplete = complete.includes(method);
    const rank = ranks[complete.indexOf(method)];
    return [
      method,
      first.parameterCount.toLocaleString("en"),
      formatBudget(first),
      ...own.map((row) => (row === undefined ? "" : formatCell(row))),
      isComplete ? percent(mean(own.map((row) => row?.mean ?? Number.NaN))) : "",
      rank === undefined ? "" : rank.toFixed(1),
      ...(options.against === undefined ? [] : [winsOf(rows.filter((row) => methodKey(row) === method))]),
    ];
  });
  const headings = [
    "method",
    "tuned",
    "steps",
    ...tasks.map((task) => `${task} (${find(methods[0] ?? "", task)?.metric ?? "accuracy"})`),
    "mean",
    "rank",
    ...(options.against === undefined ? [] : [`${options.against}: better / not told apart / worse`]),
  ];
  return markdownTable(headings, lines);
}

/** A row for each method and its settings, a column for each task: the score on dev, averaged over the trials' seeds, in percent. */
export function formatTrials(results: readonly SweepResult[]): string {
  const trials = results.filter(({ purpose, dev }) => purpose === "select" && dev !== undefined);
  const tasks = unique(trials.map(({ task }) => task));
  const lines = unique(trials.map(({ name }) => name)).flatMap((name) => {
    const own = trials.filter((trial) => trial.name === name);
    const points = unique(own.map(({ settings }) => JSON.stringify(settings))).map((settings) => {
      const scores = tasks.map((task) => {
        const same = own.filter((trial) => trial.task === task && JSON.stringify(trial.settings) === settings);
        return mean(same.map(({ dev = Number.NaN }) => dev));
      });
      return { settings: JSON.parse(settings) as SweepResult["settings"], scores, average: mean(scores) };
    });
    const best = Math.max(...points.map(({ average }) => average));
    const varying = (key: string): boolean => unique(points.map(({ settings }) => settings[key])).length > 1;
    return points.map(({ settings, scores, average }) => [
      name,
      Object.entries(settings)
        .filter(([key]) => varying(key))
        .map(([key, value]) => `${key} ${value}`)
        .join(", "),
      ...scores.map(percent),
      average === best ? `${percent(average)} ←` : percent(average),
    ]);
  });
  return markdownTable(["method", "settings", ...tasks.map((task) => `${task}, dev`), "mean"], lines);
}

function methodKey({ name, trainSize }: Pick<SummaryRow, "name" | "trainSize">): string {
  return trainSize === "full" ? name : `${name}, ${trainSize} examples`;
}

function formatCell({ mean: value, deviation, interval: { low, high }, isAmongBest }: SummaryRow): string {
  const score = isAmongBest ? `**${percent(value)}**` : percent(value);
  const spread = Number.isNaN(deviation) ? "" : ` ± ${percent(deviation)}`;
  return `${score}${spread}<br>${percent(low)}–${percent(high)}`;
}

function formatBudget({ steps, searchSteps, trials }: SummaryRow): string {
  const search = searchSteps === undefined ? "" : `${searchSteps} + `;
  return `${search}${steps}${trials === 0 ? "" : `, ${trials} trials`}`;
}

/** On how many tasks the reference is better than this method, not told apart from it, and worse, by the paired bootstrap. */
function winsOf(rows: readonly SummaryRow[]): string {
  const differences = rows.flatMap(({ comparison }) => comparison ?? []);
  if (differences.length === 0) return "";
  const wins = differences.filter(({ low }) => low > 0).length;
  const losses = differences.filter(({ high }) => high < 0).length;
  return `${wins} / ${differences.length - wins - losses} / ${losses}`;
}

/** Of methods with a score on every task, [method][task]; none where ranks have no meaning. */
function meanRanks(scores: readonly (readonly number[])[]): readonly number[] {
  const taskCount = scores[0]?.length ?? 0;
  if (scores.length < 2 || taskCount < 2) return [];
  return compareRanks([...Array(taskCount).keys()].map((task) => scores.map((row) => row[task] ?? Number.NaN)))
    .meanRanks;
}

function markdownTable(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = headings.map((_, column) => (column === 0 ? "---" : "---:"));
  return [headings, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
