/** Tasks: what they are, where their rows come from, and how an example becomes a cloze question. */

export { type TaskDefinition, taskDefinitionSchema } from "./defineTask.js";
export { type FewShotSplit, sampleFewShot, splitForSearch } from "./fewShot.js";
export { hashExamples, hashTask } from "./hashExamples.js";
export { listTasks, type TaskSummary } from "./listTasks.js";
export { type LoadTaskOptions, loadTask, sampleDirectory } from "./loadTask.js";
export {
  type Classifier,
  trainLogisticRegression,
  trainMajority,
  trainNaiveBayes,
  trainOverlap,
} from "./simpleClassifiers.js";
export type { Example, Task, TaskData, TrainingData } from "./task.js";
export { findTask, samplePrefix, taskIds } from "./tasks.js";
export { type Cloze, encodeCloze, parseTemplate, type Template, type TemplatePart } from "./template.js";
export { type SealedTest, TestSet } from "./testSet.js";
export { createVerbalizer, type Verbalizer } from "./verbalizer.js";
