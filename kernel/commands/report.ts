/** `sptlab report`: one HTML file from an executed notebook, with where its numbers come from. */

import type { Command } from "commander";

/** Adds the subcommand to `program`. */
export function registerReport(program: Command): void {
  program
    .command("report")
    .description("write an executed notebook as one HTML file that opens offline and says where its numbers come from")
    .argument("<notebook>", "an executed notebook")
    .option("--output <file>", "where the report goes (default: beside the notebook, ending in .html)")
    .action(async (notebook: string, { output }: { output?: string }) => {
      const { reportFile } = await import("../notebook/reportFile.js");
      console.log(`report: ${await reportFile(notebook, output)}`);
    });
}
