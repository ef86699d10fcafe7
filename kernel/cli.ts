#!/usr/bin/env node
/** The `sptlab` command: each subcommand lives in `commands/` and is loaded only when it is called. */

import { Command } from "commander";

const program = new Command("sptlab").description("Selective Prompt Tuning in a TypeScript notebook kernel");
program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
