/** `sptlab samples`: writes the embedded stand-ins anew, or measures what bags of words and fine-tuning make of them. */

import type { Command } from "commander";

interface Options {
  readonly output?: string;
  readonly table?: boolean;
  readonly tasks?: string;
  readonly data?: string;
  readonly model?: string;
  readonly seeds: string;
}

/** Adds the subcommand to `program`. */
export function registerSamples(program: Command): void {
  program
    .command("samples")
    .description("write the generated stand-in data sets again, byte for byte, or print the table of their datasheet")
    .option("--output <dir>", "folder to write to; default: data/samples of this package")
    .option("--table", "write nothing; print what simple models reach on test, as Markdown")
    .option("--tasks <ids>", "with --table: task ids separated by commas; default: all stand-ins")
    .option("--data <dir>", "with --table: where real tasks are; default: SPTLAB_DATA")
    .option("--model <model>", "with --table: also fine-tune all weights of this model")
    .option("--seeds <count>", "with --model: runs to average", "1")
    .action((options: Options) => (options.table ? printTable(options) : writeSamples(options)));
}

async function writeSamples({ output }: Options): Promise<void> {
  const [{ sampleDirectory }, { generateSamples }, { writeFiles }] = await Promise.all([
    import("../../lib/task/loadTask.js"),
    import("../../lib/task/sample/index.js"),
    import("../../lib/task/sample/writeFiles.js"),
  ]);
  const folder = output ?? sampleDirectory();
  const files = generateSamples();
  await writeFiles(folder, files);
  console.log(`${files.size} files in ${folder}`);
}

async function printTable({ tasks, data: directory, model, seeds }: Options): Promise<void> {
  const [{ loadTask, taskIds }, sheet] = await Promise.all([
    import("../../lib/task/index.js"),
    import("../../lib/task/sample/datasheet.js"),
  ]);
  const ids = tasks?.split(",") ?? taskIds.map((id) => `sample/${id}`);
  const predict = model === undefined ? undefined : await createFineTuner(model, Number(seeds));
  const rows = [];
  for (const id of ids) {
    const data = await loadTask(id, { directory });
    const simple = sheet.scoreSimpleMethods(data);
    const runs = (await predict?.(data)) ?? [];
    const tuned = sheet.meanScore(runs.map((predictions) => sheet.scoreOf(data, predictions)));
    rows.push({ task: data.task, scores: runs.length === 0 ? simple : { ...simple, "full fine-tuning": tuned } });
  }
  console.log(sheet.formatDatasheet(rows));
}

/** Loads a model; returns what gives the test predictions of one fine-tuning for each seed. */
async function createFineTuner(model: string, seedCount: number) {
  const [{ useDevice }, { loadBackbone }, { fineTune }, { evaluate }] = await Promise.all([
    import("../../lib/engine/index.js"),
    import("../../lib/backbone/index.js"),
    import("../../lib/train/fineTune.js"),
    import("../../lib/train/evaluate.js"),
  ]);
  await useDevice();
  const backbone = await loadBackbone(model);
  return async (data: import("../../lib/task/index.js").TaskData): Promise<(readonly number[])[]> => {
    const runs = [];
    for (let seed = 1; seed <= seedCount; seed++) {
      const retrained = await fineTune({
        backbone,
        data,
        seed,
        onProgress: ({ step, totalSteps, metrics }) => {
          if (step % 50 === 0) console.error(`${data.id} seed ${seed}: step ${step}/${totalSteps}`, metrics);
        },
      });
      runs.push((await evaluate({ backbone, data, retrained })).curves.predictions);
    }
    return runs;
  };
}
