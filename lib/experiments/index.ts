/** Experiments: sweeps over tasks, methods, seeds and settings, on this machine or on several. */

export { type PerformOptions, performRun, type SweepJob } from "./performRun.js";
export {
  bestTrial,
  dueRuns,
  type PlannedCell,
  type PlannedRun,
  planSweep,
  type SweepFacts,
  type SweepPlan,
} from "./plan.js";
export { type PreparedSweep, prepareSweep } from "./prepare.js";
export { type Executor, type MachineFacts, type PoolSize, ProcessPool, sizePool } from "./processPool.js";
export { readRecordedResults } from "./recordedResults.js";
export { RedisExecutor } from "./redisExecutor.js";
export { serveSweeps, type WorkerOptions } from "./redisWorker.js";
export {
  decodeClasses,
  encodeClasses,
  ResultsFile,
  readResults,
  type SweepResult,
  type TestResult,
} from "./results.js";
export { formatResults, formatTrials } from "./resultsTable.js";
export { type RunningRun, resultsPath, runSweep, type SweepOptions, type SweepState } from "./runSweep.js";
export { parseSweepSpec, readSweepSpec, type SweepSpec, type SweepSpecInput, sweepSpecSchema } from "./spec.js";
export { compareMethods, type SummaryOptions, type SummaryRow, summarise } from "./summary.js";
export { etaSeconds, formatResult, formatSweep } from "./sweepTable.js";
