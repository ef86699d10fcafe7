/** `sptlab kernel <connection-file>`: what Jupyter starts. */

import type { Command } from "commander";
import { type OnCompilerCrash, startCompiler } from "../compiler/compilerClient.js";

/** Adds the command. */
export function registerKernel(program: Command): void {
  program
    .command("kernel")
    .description("serve a Jupyter client (Jupyter runs this; see `sptlab install`)")
    .argument("<connection-file>", "the file in which Jupyter tells the ports and the key")
    .action(serveKernel);
}

/** Serves a Jupyter client until it asks for the end. */
export async function serveKernel(connectionFile: string): Promise<void> {
  try {
    // What takes longest begins first: the compiler gets ready while the host is still being read.
    let onCrash: OnCompilerCrash = () => "";
    const compiler = startCompiler({ onCrash: (error) => onCrash(error) });
    const { runKernel } = await import("../host/kernelHost.js");
    await runKernel(connectionFile, (listener) => {
      onCrash = listener;
      return compiler;
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1); // What has started beside the sockets would keep it alive.
  }
}
