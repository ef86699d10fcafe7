/**
 * SPT, in reading order. The main path: `loadBackbone` and `loadTask`, then `search` → `selectLayers` → `retrain` →
 * `evaluate`; `promptTuning` is the baseline, and `trainMethod` runs any method by its id.
 */

// Backbone: a frozen language model
export type { Backbone, BackboneConfig } from "./backbone/backbone.js";
export { loadBackbone, type WeightStorage } from "./backbone/index.js";
export type { Tokenizer } from "./backbone/tokenizer.js";

// Task: text as a cloze question
export { type LoadTaskOptions, loadTask } from "./task/loadTask.js";
export { type TaskDefinition, taskDefinitionSchema } from "./task/defineTask.js";
export type { Example, Task, TaskData, TrainingData } from "./task/task.js";
export { type SealedTest, TestSet } from "./task/testSet.js";
export { findTask, samplePrefix, taskIds } from "./task/tasks.js";
export { sampleFewShot, splitForSearch } from "./task/fewShot.js";
export { createVerbalizer, type Verbalizer } from "./task/verbalizer.js";

// Prompt: generators, gates, and the network that they make of a backbone
export { PhmLinear } from "./prompt/phmLinear.js";
export { poolingMatrices } from "./prompt/promptPooling.js";
export {
  type Activation,
  createGenerator,
  type GeneratorKind,
  type PromptGenerator,
} from "./prompt/promptGenerator.js";
export { gates, maskGates } from "./prompt/gate.js";
export type { PromptConfig } from "./prompt/config.js";
export { PromptHypernetwork } from "./prompt/promptHypernetwork.js";
export { promptedPass, type PromptedInputs, type RenewPrompt } from "./prompt/promptedPass.js";
export { createHead, crossEntropy, type Head, type HeadKind } from "./prompt/clozeHead.js";
export { countParameters, type Weights } from "./prompt/weights.js";

// Search: which layers should have a prompt
export { type SearchConfig, type SearchConfigInput, searchConfigSchema } from "./search/config.js";
export { type SearchOptions, type SearchRecord, type SearchSnapshot, search } from "./search/search.js";
export { searchLoss } from "./search/searchLoss.js";
export { BilevelOptimizer, type BilevelProblem, type SecondOrder } from "./search/bilevel.js";
export { selectLayers } from "./search/selectLayers.js";

// Train: the selected layers, the baseline, and their scores
export { type RetrainConfig, type RetrainConfigInput, retrainConfigSchema } from "./train/config.js";
export type { RunOptions } from "./train/run.js";
export type { FrozenPart, ModelInputs, ParameterFormula, TunableModel } from "./train/tunableModel.js";
export { type ConfiguredModel, type TrainOptions, type TrainRecord, trainModel } from "./train/train.js";
export { type RetrainOptions, type RetrainRecord, retrain } from "./train/retrain.js";
export { type PromptTuningOptions, promptTuning } from "./train/promptTuning.js";
export { ActivationCache, type ActivationCacheOptions } from "./train/activationCache.js";
export { type EvaluateOptions, type EvaluateRecord, evaluate } from "./train/evaluate.js";

// Methods: everything that is compared, behind one call
export type { Method, MethodResult, SearchMethod, TrainMethod } from "./methods/method.js";
export { findMethod, METHODS } from "./methods/registry.js";
export { type TrainMethodOptions, trainMethod } from "./methods/trainMethod.js";
export { loadTrained, type TrainedModel, type TrainedModelOptions } from "./methods/trainedModel.js";

// Experiments: sweeps over tasks, methods, seeds and settings, and what their scores are worth
export {
  compareMethods,
  dueRuns,
  type Executor,
  formatResults,
  formatTrials,
  ProcessPool,
  prepareSweep,
  parseSweepSpec,
  readRecordedResults,
  readResults,
  readSweepSpec,
  runSweep,
  sizePool,
  type SummaryRow,
  summarise,
  type SweepOptions,
  type SweepResult,
  type SweepSpec,
  type SweepSpecInput,
} from "./experiments/index.js";
export {
  bootstrapScore,
  type Difference,
  type Interval,
  mean,
  pairedBootstrap,
  standardDeviation,
  winTieLoss,
} from "./statistics.js";
export { compareRanks, type RankComparison } from "./rankStatistics.js";

// Report: metrics, records, progress, figures and errors
export { accuracy, f1, macroF1, majorityShare, matthews, pearson, spearman, taskMetric } from "./metrics.js";
export { type Curves, type RunRecord, readRecord, writeRecord } from "./runRecord.js";
export type { OnProgress, Progress } from "./progress.js";
export {
  barChart,
  criticalDifference,
  Figure,
  gateHeatMap,
  layerBars,
  lineChart,
  liveFigure,
  lossCurves,
} from "./plot/index.js";
export { CheckpointError, ConfigError, DataError, ShapeError } from "./errors.js";

// Engine: where tensors are computed
export {
  AdamW,
  constantSchedule,
  type Device,
  jit,
  linearSchedule,
  type TensorMap,
  useDevice,
} from "./engine/index.js";
export { createRandom, type Random } from "./random.js";
