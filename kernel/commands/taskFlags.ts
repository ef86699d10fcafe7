/** Flags that say how a task is posed: of a user's own, what its `meta.json` leaves open; of a benchmark, another way. */

import type { Command } from "commander";
import type { TaskDefinition } from "../../lib/task/index.js";

/** Their values. */
export interface TaskFlags {
  readonly template?: string;
  readonly labels?: readonly string[];
  readonly labelWords?: readonly string[];
  readonly metric?: TaskDefinition["metric"];
}

/** Adds `--template`, `--labels`, `--label-words` and `--metric`. */
export function withTaskFlags(command: Command): Command {
  return command
    .option("--template <text>", 'how the task is asked, such as "{x} . It was <mask> ." or "{a} ? <mask> , {b}"')
    .option("--labels <list>", "names of the classes in the data, in index order, such as bad,good", words)
    .option("--label-words <list>", "one word for each class, in the same order, such as terrible,great", words)
    .option("--metric <name>", "accuracy or f1");
}

/** What the flags say; `loadTask` checks it. */
export function definitionOf({ template, labels, labelWords, metric }: TaskFlags): TaskDefinition {
  const definition = { template, labels, labelWords, metric };
  return Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== undefined));
}

function words(list: string): string[] {
  return list.split(",").map((word) => word.trim());
}
