#!/usr/bin/env node
/** The `sptlab` command: each subcommand lives in `commands/` and is loaded only when it is called. */

import { Command } from "commander";
import { registerDoctor } from "./commands/doctor.js";
import { registerEncode } from "./commands/encode.js";
import { registerInstall } from "./commands/install.js";
import { registerKernel } from "./commands/kernel.js";
import { registerPretrain } from "./commands/pretrain.js";
import { registerProbe } from "./commands/probe.js";
import { registerRun } from "./commands/run.js";
import { registerSamples } from "./commands/samples.js";
import { registerTasks } from "./commands/tasks.js";

const program = new Command("sptlab").description("Selective Prompt Tuning in a TypeScript notebook kernel");
registerDoctor(program);
registerEncode(program);
registerInstall(program);
registerKernel(program);
registerPretrain(program);
registerProbe(program);
registerRun(program);
registerSamples(program);
registerTasks(program);
program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
