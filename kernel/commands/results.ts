/** `sptlab results`: tables of what sweeps have found. */

import { existsSync } from "node:fs";
import type { Command } from "commander";
import { ConfigError } from "../../lib/errors.js";

interface Flags {
  readonly against?: string;
  readonly trials?: boolean;
  readonly json?: boolean;
}

/** Adds the subcommand to `program`. */
export function registerResults(program: Command): void {
  program
    .command("results")
    .argument("<files...>", "results.jsonl of sweeps")
    .description("print test scores with their intervals as a Markdown table: a row per method, a column per task")
    .option("--against <name>", "count on how many tasks this method is better or worse than each other")
    .option("--trials", "print the scores on dev that settings were chosen by instead")
    .option("--json", "print the rows as JSON")
    .action(run);
}

async function run(files: readonly string[], { against, trials, json }: Flags): Promise<void> {
  const { formatResults, formatTrials, readResults, summarise } = await import("../../lib/experiments/index.js");
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new ConfigError(`${missing} must be a sweep's results.jsonl; there is no such file. Run sptlab sweep first.`);
  }
  const results = files.flatMap((file) => readResults(file));
  if (json)
    return console.log(
      JSON.stringify(
        trials ? results.filter(({ purpose }) => purpose === "select") : summarise(results, { against }),
        null,
        1,
      ),
    );
  console.log(trials ? formatTrials(results) : formatResults(results, { against }));
}
