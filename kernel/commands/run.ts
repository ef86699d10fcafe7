/** `sptlab run`: executes a notebook through our kernel and writes it, and a report on it, whatever comes of it. */

import type { Command } from "commander";
import { positive } from "./numbers.js";

interface RunFlags {
  readonly param: readonly string[];
  readonly output?: string;
  readonly html?: string;
  readonly timeout?: number;
}

/** Adds the subcommand to `program`. */
export function registerRun(program: Command): void {
  program
    .command("run")
    .description("execute a notebook and write it with its outputs, and an HTML report")
    .argument("<notebook>", "the notebook to execute")
    .option("-p, --param <name=value>", "set a parameter (repeatable); JSON values are taken as such", collect, [])
    .option("--output <file>", "where the executed notebook goes (default: runs/<name>/<name>.ipynb)")
    .option("--html <file>", "also write a self-contained HTML report")
    .option("--timeout <seconds>", "longest time of one cell", positive)
    .action(async (notebook: string, flags: RunFlags) => {
      const { runFile } = await import("../notebook/runFile.js");
      const { status } = await runFile(notebook, {
        settings: flags.param,
        outputPath: flags.output,
        htmlPath: flags.html,
        timeoutSeconds: flags.timeout,
      });
      process.exitCode = status === "completed" ? 0 : status === "stopped" ? 130 : 1;
    });
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
