/** `sptlab install`: tells Jupyter about the kernel. */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { ConfigError } from "../../lib/errors.js";
import { plotlyResourceName } from "../../lib/plot/interactiveHtml.js";
import { userDataDirectory } from "../userFolders.js";
import { PROTOCOL_VERSION } from "../wire/message.js";

/** Adds the command. */
export function registerInstall(program: Command): void {
  program
    .command("install")
    .description("install the Jupyter kernelspec `sptlab`")
    .option("--prefix <dir>", "install to DIR/share/jupyter/kernels (default: for this user)")
    .action(async ({ prefix }: { prefix?: string }) => {
      const directory = await installKernelspec(prefix);
      console.log(`kernelspec: ${directory}`);
      const { prepareCompiler } = await import("../compiler/prepare.js");
      const { snapshot, code } = prepareCompiler();
      console.log(
        `for fast starts: ${[snapshot, code].filter((file) => file !== null).join(", ") || "nothing could be kept"}`,
      );
    });
}

/**
 * Writes `kernel.json` with the absolute paths of this Node and this build, and beside it the plotly.js that figures in
 * the page ask the notebook server for (see lib/plot/interactiveHtml.ts).
 *
 * @param prefix  DIR of DIR/share/jupyter/kernels; without it, the user's Jupyter data directory
 * @returns       the folder of the kernelspec
 * @throws ConfigError  when that folder cannot be written to
 */
export async function installKernelspec(prefix?: string): Promise<string> {
  const data = prefix === undefined ? userDataDirectory() : join(resolve(prefix), "share", "jupyter");
  const directory = join(data, "kernels", "sptlab");
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "kernel.json"), `${JSON.stringify(kernelspec(), null, 2)}\n`);
    await copyFile(createRequire(import.meta.url).resolve("plotly.js-dist-min"), join(directory, plotlyResourceName));
  } catch (error) {
    const reason = (error as Error).message;
    throw new ConfigError(`The kernelspec needs a folder that can be written to: ${reason}. Name another by --prefix.`);
  }
  return directory;
}

/** The content of this build's `kernel.json`. */
export function kernelspec() {
  return {
    argv: kernelCommand(),
    display_name: "TypeScript (sptlab)",
    language: "typescript",
    interrupt_mode: "message",
    kernel_protocol_version: PROTOCOL_VERSION,
    metadata: { debugger: true, supported_encryption: "curve" },
  } as const;
}

/** What starts the kernel of this build. */
export function kernelCommand(): string[] {
  const cli = fileURLToPath(new URL("../cli.js", import.meta.url));
  return [process.execPath, cli, "kernel", "{connection_file}"];
}
