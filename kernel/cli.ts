#!/usr/bin/env node
/** The `sptlab` command. Jupyter waits for `sptlab kernel`: that one skips what reads the others' options. */

const [command, connectionFile = "-"] = process.argv.slice(2);
const isPlainKernel = command === "kernel" && process.argv.length === 4 && !connectionFile.startsWith("-");
const run = isPlainKernel
  ? import("./commands/kernel.js").then(({ serveKernel }) => serveKernel(connectionFile))
  : import("./commands/program.js").then(({ runCommand }) => runCommand());
run.catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
