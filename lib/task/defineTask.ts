/** A user's own task: what `meta.json`, flags and the rows themselves say about it, made into a `Task`. */

import { z } from "zod";
import { ConfigError } from "../errors.js";
import { parseConfig } from "../prompt/config.js";
import type { Task } from "./task.js";
import { findTask, samplePrefix, taskIds } from "./tasks.js";
import { parseTemplate } from "./template.js";

/** What may be said about a task; of a benchmark, only how it is posed. */
export const taskDefinitionSchema = z.strictObject({
  title: z.string().min(1).optional().describe("one line for headings and plots; default: the id"),
  labels: z
    .array(z.string())
    .min(2)
    .optional()
    .describe("class names in index order; default: those in the data, sorted"),
  template: z
    .string()
    .optional()
    .describe('cloze with <mask> and {x}, or {a} and {b}; default "{x} . It was <mask> ." or "{a} ? <mask> , {b}"'),
  labelWords: z.array(z.string()).optional().describe("one word of one token per class; default: the labels"),
  metric: z.enum(["accuracy", "f1"]).optional().describe("reported first; f1 is that of class 1; default accuracy"),
  citation: z.string().optional().describe("where the data come from"),
});

/** What a caller may say. */
export type TaskDefinition = z.input<typeof taskDefinitionSchema>;

/** Checks a definition; unknown keys are errors. */
export function parseTaskDefinition(definition: TaskDefinition | undefined): TaskDefinition {
  return parseConfig(taskDefinitionSchema, definition);
}

/**
 * What the fields of a `meta.json` say; other fields are passed over.
 *
 * @param path  names the file in messages
 * @throws ConfigError  when a field that we read has another form
 */
export function definitionFromMeta(meta: Readonly<Record<string, unknown>>, path: string): TaskDefinition {
  const { title, labels, template, labelWords, label_words, metric, citation } = meta;
  const fields = { title, labels, template, labelWords: labelWords ?? label_words, metric: metricIn(metric), citation };
  const parsed = taskDefinitionSchema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError(`${path}: "${issue?.path.join(".")}": ${issue?.message}. Correct it.`, { path, fields });
}

/** Data sheets write "accuracy (matched)" or "accuracy and F1". */
function metricIn(text: unknown): unknown {
  if (typeof text !== "string") return text;
  return /\bf1\b/i.test(text) ? "f1" : text.replace(/^accuracy\b.*/, "accuracy");
}

/**
 * One of the ten tasks, posed as `definition` says, or a task of the user's own.
 *
 * @param id  the task's name; one of `taskIds` for a benchmark, also after `sample/`
 * @param found.labels  class names that the data show
 * @throws ConfigError  when the parts do not fit each other, or the labels of a benchmark would change
 */
export function defineTask(
  id: string,
  definition: TaskDefinition,
  found: { readonly labels: readonly string[]; readonly isPair: boolean },
): Task {
  const known = taskIds.some((other) => other === id.replace(samplePrefix, "")) ? findTask(id) : undefined;
  const labels = known?.labels ?? definition.labels ?? found.labels;
  const task: Task = {
    id,
    title: definition.title ?? known?.title ?? id,
    template: definition.template ?? known?.template ?? (found.isPair ? "{a} ? <mask> , {b}" : "{x} . It was <mask> ."),
    labelWords: definition.labelWords ?? known?.labelWords ?? labels,
    labels,
    metric: definition.metric ?? known?.metric ?? "accuracy",
    isPair: known?.isPair ?? found.isPair,
    citation: definition.citation ?? known?.citation ?? "the user's own data",
  };
  checkTask(task, definition);
  return task;
}

function checkTask(task: Task, definition: TaskDefinition): void {
  const { id, labels, labelWords, template } = task;
  const fail = (expected: string, came: unknown, advice: string): ConfigError =>
    new ConfigError(`The task ${JSON.stringify(id)}: expected ${expected}; got ${JSON.stringify(came)}. ${advice}`, {
      id,
      expected,
      came,
    });
  if (definition.labels !== undefined && JSON.stringify(definition.labels) !== JSON.stringify(labels)) {
    throw fail(
      `"labels" ${JSON.stringify(labels)}, in this order`,
      definition.labels,
      "Load the data under another id.",
    );
  }
  if (labels.length < 2 || new Set(labels).size < labels.length) {
    throw fail("at least two classes with names of their own", labels, "Check the label column, or give labels.");
  }
  if (labelWords.length !== labels.length) {
    throw fail(`a label word for each of ${labels.join(", ")}`, labelWords, "Give as many labelWords as labels.");
  }
  if (parseTemplate(template).isPair !== task.isPair) {
    const slots = task.isPair ? "{a} and {b}, as the rows have two texts" : "{x}, as the rows have one text";
    throw fail(`a template with ${slots}`, template, "Change the template or the columns.");
  }
  if (task.metric === "f1" && labels.length !== 2) {
    throw fail("two classes for the metric f1", labels, 'Use the metric "accuracy".');
  }
}
