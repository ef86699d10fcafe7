/** Entry of a process that makes runs of a sweep, one at a time, for the process that has started it. */

import type { Backbone } from "../backbone/backbone.js";
import { loadBackbone } from "../backbone/index.js";
import { useDevice } from "../engine/index.js";
import type { Progress } from "../progress.js";
import { loadTask } from "../task/loadTask.js";
import type { TaskData } from "../task/task.js";
import { failedResult, performRun, type SweepJob } from "./performRun.js";
import type { SweepResult } from "./results.js";

/** What such a process is told. */
export type ToRunProcess = { readonly kind: "run"; readonly job: SweepJob } | { readonly kind: "stop" };

/** What it answers: reports, and the end, without a result where it was stopped. */
export type FromRunProcess =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "end"; readonly result?: SweepResult };

const REPORT_EVERY_MS = 250;

/** The model and the task of the last run, which the next most likely needs, too. */
const loaded: { model?: string; backbone?: Backbone; task?: string; data?: TaskData } = {};
let stop = new AbortController();

process.on("disconnect", () => process.exit()); // whoever wanted the result is gone; the checkpoint stays
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined); // the parent will say "stop"
process.on("message", (message: ToRunProcess) => {
  if (message.kind === "stop") stop.abort();
  else void make(message.job).then((result) => send({ kind: "end", result }));
});

function send(message: FromRunProcess): void {
  process.send?.(message);
}

async function make(job: SweepJob): Promise<SweepResult | undefined> {
  stop = new AbortController();
  let reportedAt = 0;
  const onProgress = (progress: Progress): void => {
    const now = performance.now();
    if (now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    send({ kind: "progress", progress });
  };
  try {
    await load(job);
    const { backbone, data } = loaded as Required<typeof loaded>;
    return await performRun(job, { backbone, data, signal: stop.signal, onProgress });
  } catch (error) {
    return failedResult(job, error);
  }
}

async function load({ model, data, run: { task } }: SweepJob): Promise<void> {
  if (loaded.backbone === undefined || loaded.model !== model) {
    if (loaded.backbone === undefined) await useDevice();
    loaded.backbone?.dispose();
    Object.assign(loaded, { model, backbone: undefined });
    loaded.backbone = await loadBackbone(model);
  }
  const key = JSON.stringify([task, data]);
  if (loaded.task === key) return;
  Object.assign(loaded, { task: undefined, data: await loadTask(task, { directory: data }) });
  loaded.task = key;
}
