/** Templates and label words of the ten tasks in the vocabularies that people use. */

import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../../lib/backbone/loadTokenizer.js";
import type { Tokenizer } from "../../../lib/backbone/tokenizer.js";
import { loadTask } from "../../../lib/task/loadTask.js";
import type { Example } from "../../../lib/task/task.js";
import { findTask, taskIds } from "../../../lib/task/tasks.js";
import { encodeCloze, parseTemplate } from "../../../lib/task/template.js";
import { createVerbalizer } from "../../../lib/task/verbalizer.js";

const goldens = [join(process.env.SPTLAB_DATA ?? "../shared", "goldens"), "../shared/goldens"]
  .map((folder) => join(folder, "gpt2-bpe"))
  .find((folder) => existsSync(join(folder, "merges.txt.gz")));
const nano = "data/models/roberta-nano";
const hasNano = existsSync(join(nano, "tokenizer.json"));
if (goldens === undefined)
  console.log("skipped: RoBERTa's and GPT-2's vocabularies are not in $SPTLAB_DATA/goldens or ../shared/goldens");
if (!hasNano) console.log(`skipped: ${nano} is not there`);

describe.skipIf(goldens === undefined)("RoBERTa's vocabulary", () => {
  it("has every label word as one token, and encodes clozes as whole strings", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sptlab-roberta-"));
    await writeFile(join(folder, "vocab.json"), unzip("roberta-vocab.json.gz"));
    await writeFile(join(folder, "merges.txt"), unzip("merges.txt.gz"));
    const tokenizer = await loadTokenizer(folder);
    await rm(folder, { recursive: true });
    await checkTasks(tokenizer);
    expect(tokenizer.token(createVerbalizer(tokenizer, ["great"]).tokenIds[0] ?? -1)).toBe("Ġgreat");
  });
});

describe.skipIf(goldens === undefined)("GPT-2's vocabulary", () => {
  it("has every label word as one token, and encodes what stands before it as one string", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sptlab-gpt2-"));
    await writeFile(join(folder, "vocab.json"), unzip("gpt2-vocab.json.gz"));
    await writeFile(join(folder, "merges.txt"), unzip("merges.txt.gz"));
    const tokenizer = await loadTokenizer(folder);
    await rm(folder, { recursive: true });
    for (const id of taskIds) createVerbalizer(tokenizer, findTask(id).labelWords);
    const encode = (id: string, example: Example) =>
      encodeCloze(parseTemplate(findTask(id).template), tokenizer, example, 64, "last").ids;
    const [text, pair] = ["The plot drags", "Who wrote it"];
    expect(encode("sst2", { text, label: 0 })).toEqual(tokenizer.tokenize("The plot drags . It was"));
    expect(encode("trec", { text: pair, label: 0 })).toEqual(tokenizer.tokenize("Who wrote it"));
    expect(encode("mnli", { text, pair, label: 0 })).toEqual(tokenizer.tokenize("The plot drags ? Who wrote it"));
  });
});

describe.skipIf(!hasNano)("roberta-nano's vocabulary", () => {
  it("has every label word as one token, and encodes clozes as whole strings", async () => {
    await checkTasks(await loadTokenizer(nano));
  });
});

function unzip(name: string): Buffer {
  return gunzipSync(readFileSync(join(goldens ?? "", name)));
}

/** The ids of a cloze must be those of its whole string, for the first rows of every stand-in. */
async function checkTasks(tokenizer: Tokenizer): Promise<void> {
  for (const id of taskIds) {
    const { template, labelWords } = findTask(id);
    expect(createVerbalizer(tokenizer, labelWords).tokenIds, id).toHaveLength(labelWords.length);
    const { dev } = await loadTask(`sample/${id}`);
    for (const example of dev.slice(0, 20)) {
      const whole = template
        .replace("<mask>", () => tokenizer.maskToken ?? "")
        .replace(/\{[xa]\}/, () => example.text)
        .replace("{b}", () => example.pair ?? "");
      const { ids, maskPosition } = encodeCloze(parseTemplate(template), tokenizer, example, 512);
      expect(ids, whole).toEqual(tokenizer.encode(whole).ids);
      expect(ids[maskPosition]).toBe(tokenizer.maskTokenId);
    }
  }
}
