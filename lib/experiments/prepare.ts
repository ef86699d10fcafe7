/** Everything of a sweep that can be wrong is found here, before anything runs. */

import type { Backbone } from "../backbone/backbone.js";
import { loadBackbone } from "../backbone/index.js";
import { findMethod } from "../methods/registry.js";
import { countParameters } from "../prompt/weights.js";
import { sampleFewShot } from "../task/fewShot.js";
import { loadTask } from "../task/loadTask.js";
import { createVerbalizer } from "../task/verbalizer.js";
import { inContext, nestSettings, planSweep, type SweepFacts, type SweepPlan } from "./plan.js";
import type { SweepSpec } from "./spec.js";

/** A sweep that can be run. */
export interface PreparedSweep {
  readonly plan: SweepPlan;
  /** Of the backbone, in single precision. */
  readonly modelBytes: number;
}

/**
 * Loads the model and every task once, and plans the sweep.
 *
 * @throws ConfigError  when a setting does not fit the backbone; DataError, when a task's data, a label word or a size is not usable
 */
export async function prepareSweep(spec: SweepSpec): Promise<PreparedSweep> {
  const backbone = await loadBackbone(spec.model);
  try {
    const tasks: Record<string, SweepFacts["tasks"][string]> = {};
    for (const task of spec.tasks) {
      const { hash, isSynthetic, train, task: posed } = await loadTask(task, { directory: spec.data });
      createVerbalizer(backbone.tokenizer, posed.labelWords);
      for (const trainSize of spec.trainSizes) {
        if (trainSize !== "full") sampleFewShot(train, { trainSize, seed: 1 });
      }
      tasks[task] = { hash, isSynthetic };
    }
    const plan = planSweep(spec, { modelHash: backbone.hash, modelWeights: backbone.weightStorage, tasks });
    checkSettings(plan, backbone);
    return { plan, modelBytes: 4 * countParameters(backbone.weights) };
  } finally {
    backbone.dispose();
  }
}

function checkSettings({ cells, spec }: SweepPlan, backbone: Backbone): void {
  const { length } = spec.methods; // the first task's cells have all settings
  for (const [run] of cells.slice(0, length).flatMap(({ reports }) => reports)) {
    if (run === undefined) continue;
    inContext(run, () => findMethod(run.method).configure(backbone, nestSettings(run.settings)));
  }
}
