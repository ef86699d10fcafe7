/** The commands of `sptlab`: each lives in `commands/` and loads its work only when it is called. */

import { Command } from "commander";
import { registerDoctor } from "./doctor.js";
import { registerEncode } from "./encode.js";
import { registerInstall } from "./install.js";
import { registerKernel } from "./kernel.js";
import { registerLab } from "./lab.js";
import { registerMethods } from "./methods.js";
import { registerPretrain } from "./pretrain.js";
import { registerProbe } from "./probe.js";
import { registerReport } from "./report.js";
import { registerResults } from "./results.js";
import { registerRun } from "./run.js";
import { registerSamples } from "./samples.js";
import { registerSweep } from "./sweep.js";
import { registerTasks } from "./tasks.js";
import { registerTrain } from "./train.js";
import { registerVerify } from "./verify.js";
import { registerWorker } from "./worker.js";

/** Runs the command that `process.argv` names. */
export async function runCommand(): Promise<void> {
  const program = new Command("sptlab").description("Selective Prompt Tuning in a TypeScript notebook kernel");
  registerDoctor(program);
  registerEncode(program);
  registerInstall(program);
  registerKernel(program);
  registerLab(program);
  registerMethods(program);
  registerPretrain(program);
  registerProbe(program);
  registerReport(program);
  registerResults(program);
  registerRun(program);
  registerSamples(program);
  registerSweep(program);
  registerTasks(program);
  registerTrain(program);
  registerVerify(program);
  registerWorker(program);
  await program.parseAsync();
}
