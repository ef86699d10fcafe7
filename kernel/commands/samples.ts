/** `sptlab samples`: writes the embedded stand-ins anew, and measures what simple models make of them. */

import type { Command } from "commander";

/** Adds the subcommand to `program`. */
export function registerSamples(program: Command): void {
  program
    .command("samples")
    .description("write the generated stand-in data sets (data/samples) again, byte for byte")
    .option("--output <dir>", "folder to write to; default: data/samples of this package")
    .action(async (options: { output?: string }) => {
      const [{ sampleDirectory }, { generateSamples }, { writeFiles }] = await Promise.all([
        import("../../lib/task/loadTask.js"),
        import("../../lib/task/sample/index.js"),
        import("../../lib/task/sample/writeFiles.js"),
      ]);
      const folder = options.output ?? sampleDirectory();
      const files = generateSamples();
      await writeFiles(folder, files);
      console.log(`${files.size} files in ${folder}`);
    });
}
