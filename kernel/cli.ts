#!/usr/bin/env node
/** The `sptlab` command. Jupyter waits for `sptlab kernel`: that one skips what reads the others' options. */

const [command, connectionFile = "-"] = process.argv.slice(2);
const isPlainKernel = command === "kernel" && process.argv.length === 4 && !connectionFile.startsWith("-");
const run = isPlainKernel
  ? import("./host/kernelHost.js").then(({ runKernel }) => runKernel(connectionFile))
  : import("./commands/program.js").then(({ runCommand }) => runCommand());
run.catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  if (isPlainKernel) process.exit(); // What has started beside the sockets would keep it alive.
});
