/** `sptlab probe`: linear probes of a backbone's frozen features beside features without a backbone. */

import type { Command } from "commander";

/** Adds the subcommand. */
export function registerProbe(program: Command): void {
  program
    .command("probe <model>")
    .description("test accuracy of linear probes on a backbone's frozen features, and of features without a backbone")
    .option("--task <ids>", "task ids, such as sst2,subj", "sst2,subj")
    .option("--data <dir>", "folder of real data (default: SPTLAB_DATA)")
    .option("--layers <list>", "layers to probe; 0 is the embedding output (default: every quarter of the depth)")
    .option(
      "--glove <dir>",
      "folder of the GloVe package, fetched when it is not there; adds the line of averaged word vectors",
    )
    .option("--device <name>", "where to compute (default: SPTLAB_DEVICE, else the first that loads)", "auto")
    .action(run);
}

interface Flags {
  readonly task: string;
  readonly data?: string;
  readonly layers?: string;
  readonly glove?: string;
  readonly device: string;
}

async function run(model: string, flags: Flags): Promise<void> {
  const [{ loadBackbone }, { loadTask }, { probeTask }, { useDevice }] = await Promise.all([
    import("../../lib/backbone/loadBackbone.js"),
    import("../../lib/task/loadTask.js"),
    import("../../lib/pretrain/probe.js"),
    import("../../lib/engine/index.js"),
  ]);
  await useDevice(flags.device as Parameters<typeof useDevice>[0]);
  const backbone = await loadBackbone(model);
  const layers = flags.layers?.split(",").map(Number);
  console.log("| task | features | test accuracy |\n| --- | --- | --- |");
  for (const id of flags.task.split(",")) {
    const data = await loadTask(id, { directory: flags.data });
    await probeTask(backbone, data, {
      layers,
      gloveFolder: flags.glove,
      onResult: ({ task, features, accuracy }) => console.log(`| ${task} | ${features} | ${accuracy.toFixed(3)} |`),
    });
  }
  backbone.dispose();
}
