/** `sptlab tasks`: what can be loaded, how it is posed, and how many rows of it are at hand. */

import type { Command } from "commander";
import type { TaskSummary } from "../../lib/task/index.js";

/** Adds the subcommand to `program`. */
export function registerTasks(program: Command): void {
  program
    .command("tasks")
    .description("list the ten benchmarks, your own tasks beside them, and the embedded stand-ins")
    .option("--data <dir>", "where data are (default: SPTLAB_DATA)")
    .option("--json", "print everything as JSON: template, label words, hash, notes, citation")
    .action(async ({ data, json }: { readonly data?: string; readonly json?: boolean }) => {
      const { listTasks } = await import("../../lib/task/index.js");
      const directory = data ?? process.env.SPTLAB_DATA;
      const tasks = await listTasks(directory);
      console.log(json ? JSON.stringify(tasks, undefined, 1) : formatTasks(tasks, directory));
      if (tasks.some(({ error }) => error !== undefined)) process.exitCode = 1;
    });
}

function formatTasks(tasks: readonly TaskSummary[], directory: string | undefined): string {
  const header = ["task", "classes", "metric", "train", "dev", "test", "title", "from"];
  const rows = tasks.map(({ id, labels, metric, sizes, title, source, hubId, error }) => {
    const counts = [sizes?.train, sizes?.dev, sizes?.test].map((size) => size?.toString() ?? "-");
    const elsewhere = hubId === undefined ? "-" : `(${hubId})`;
    const from = source ?? (error === undefined ? elsewhere : "cannot be read, see below");
    return [id, labels.length === 0 ? "-" : String(labels.length), metric, ...counts, title, from];
  });
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number): boolean => column === 1 || (column >= 3 && column <= 5);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isNumber(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const errors = tasks.flatMap(({ id, error }) => (error === undefined ? [] : [`${id}: ${error}`]));
  const hint = directory === undefined ? ["No data directory: set SPTLAB_DATA or pass --data."] : [];
  return [line(header), ...rows.map(line), ...hint, ...errors].join("\n");
}
