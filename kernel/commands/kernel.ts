/** `sptlab kernel <connection-file>`: what Jupyter starts. */

import type { Command } from "commander";

/** Adds the command. */
export function registerKernel(program: Command): void {
  program
    .command("kernel")
    .description("serve a Jupyter client (Jupyter runs this; see `sptlab install`)")
    .argument("<connection-file>", "the file in which Jupyter tells the ports and the key")
    .action(async (connectionFile: string) => {
      const { runKernel } = await import("../host/kernelHost.js");
      await runKernel(connectionFile).catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exit(1); // Sockets that are bound would keep it alive.
      });
    });
}
