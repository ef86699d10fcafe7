/** `sptlab pretrain`: trains a masked language model from plain text. */

import type { Command } from "commander";
import type { PretrainOptions } from "../../lib/pretrain/config.js";
import type { Progress } from "../../lib/progress.js";
import { number, numbers } from "./numbers.js";

/** Adds the subcommand. */
export function registerPretrain(program: Command): void {
  program
    .command("pretrain")
    .description("train a RoBERTa masked language model from plain text")
    .requiredOption("--corpus <paths...>", "text files or folders (.txt, .txt.gz, .txt.zst), one document a line")
    .requiredOption("--output <dir>", "folder of checkpoint, encoded corpus and exported model")
    .option("--minutes <n>", "length of the run in minutes", number)
    .option("--steps <n>", "length of the run in steps (repeats bit for bit)", number)
    .option("--resume", "continue from the checkpoint in the output folder")
    .option("--layers-schedule <list>", "layer count of each phase, such as 3,6,12", numbers)
    .option("--phase-shares <list>", "share of the run that each phase takes", numbers)
    .option("--tokenizer <kind>", "wordpiece or bpe, where the output folder has no tokenizer.json")
    .option("--vocab-size <n>", "vocabulary size", number)
    .option("--hidden-size <n>", "hidden size", number)
    .option("--head-count <n>", "attention heads", number)
    .option("--intermediate-size <n>", "feed-forward size", number)
    .option("--max-length <n>", "longest text in tokens", number)
    .option("--batch-size <n>", "rows of a batch", number)
    .option("--row-length <n>", "tokens of a row", number)
    .option("--mask-share <x>", "share of tokens that are masked", number)
    .option("--learning-rate <x>", "highest learning rate of the first phase", number)
    .option("--warmup-steps <n>", "warm-up of every phase", number)
    .option("--auxiliary <dir>", "labelled text for intermediate-task training")
    .option("--sorted-text <word=file...>", "text files whose documents all stand for one word")
    .option("--auxiliary-shares <list>", "share of cloze rows in each phase", numbers)
    .option("--cloze-weight <x>", "factor on the mean cloze loss", number)
    .option("--evaluate-every-steps <n>", "steps between held-out evaluations", number)
    .option("--checkpoint-every-minutes <x>", "minutes between checkpoints", number)
    .option("--name <name>", "name in the model card")
    .option("--card-notes <file>", "Markdown appended to the model card: sources, licences, limits")
    .option("--no-glove", "start word embeddings at random, not from GloVe vectors")
    .option("--seed <n>", "seed of every random choice", number)
    .option("--device <name>", "where to compute (default: SPTLAB_DEVICE, else the first that loads)", "auto")
    .action(run);
}

interface Flags extends Omit<PretrainOptions, "sortedText" | "isGlove"> {
  readonly sortedText?: readonly string[];
  readonly glove: boolean;
  readonly resume?: boolean;
  readonly device: string;
}

async function run(flags: Flags): Promise<void> {
  const { sortedText = [], glove, resume = false, device, ...settings } = flags;
  const [{ pretrain }, { useDevice }] = await Promise.all([
    import("../../lib/pretrain/pretrain.js"),
    import("../../lib/engine/index.js"),
  ]);
  console.log(`device: ${await useDevice(device as Parameters<typeof useDevice>[0])}`);
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once("SIGINT", abort).once("SIGTERM", abort);
  const record = await pretrain(
    { ...settings, isGlove: glove, sortedText: sortedText.map(parseSortedText) },
    { signal: stop.signal, isResumed: resume, onProgress: progressLine(), log: (line) => console.log(line) },
  );
  process.off("SIGINT", abort).off("SIGTERM", abort);
  console.log(
    `${record.status}: ${record.steps} steps, ${(record.tokens / 1e6).toFixed(1)} M tokens, model in ${flags.output}/model`,
  );
}

/** Prints a line about every 10 seconds: losses, tokens a second, time left. */
function progressLine(): (progress: Progress) => void {
  let shownAt = performance.now();
  let shownTokens: number | undefined;
  return ({ step, etaSeconds, metrics }) => {
    const { tokens = 0, layers, trainLoss = 0, clozeLoss = Number.NaN, gradNorm = 0 } = metrics;
    const seconds = (performance.now() - shownAt) / 1000;
    shownTokens ??= tokens;
    if (seconds < 10) return;
    const rate = Math.round((tokens - shownTokens) / seconds);
    const cloze = Number.isNaN(clozeLoss) ? "" : ` cloze ${clozeLoss.toFixed(2)}`;
    console.log(
      `step ${step} layers ${layers} loss ${trainLoss.toFixed(3)}${cloze} norm ${gradNorm.toFixed(2)} ${rate} tokens/s ETA ${Math.round((etaSeconds ?? 0) / 60)} min`,
    );
    shownAt = performance.now();
    shownTokens = tokens;
  };
}

function parseSortedText(text: string): { word: string; file: string } {
  const at = text.indexOf("=");
  if (at < 1) throw new Error(`--sorted-text must look like word=file; got ${text}.`);
  return { word: text.slice(0, at), file: text.slice(at + 1) };
}
