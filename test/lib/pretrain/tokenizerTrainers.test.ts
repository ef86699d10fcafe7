import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { normalizeBertText, splitBertWords } from "../../../lib/pretrain/bertText.js";
import { trainByteLevelBpe } from "../../../lib/pretrain/byteLevelBpeTrainer.js";
import { chunksOf, countChunks } from "../../../lib/pretrain/chunk.js";
import { listCorpusFiles, readDocuments } from "../../../lib/pretrain/corpus.js";
import { learnMerges } from "../../../lib/pretrain/mergeLearner.js";
import { trainWordPiece } from "../../../lib/pretrain/wordPieceTrainer.js";
import { temporaryFolder } from "../../temporaryFolder.js";

const TEXTS = [
  'The café\'s owner, naïve but kind, said: "It was great!" — 3.50 €.',
  "It was terrible; the description of the entity was subjective, he said.",
  "Low lower lowest; new newer newest; wide wider widest. Low, low, new, new, new.",
  "it was good and it was bad and the owner said so",
];

function counted(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) for (const chunk of chunksOf(text)) counts.set(chunk, (counts.get(chunk) ?? 0) + 1);
  return counts;
}

describe("corpus", () => {
  it("reads the same documents from plain, gzip and zstd files, leaving blank lines out", async () => {
    const folder = temporaryFolder("corpus-");
    const text = "first document\n\n  second, é \nthird";
    // One raw-block zstd frame: magic, single-segment header with content size, last raw block.
    const raw = new TextEncoder().encode(text);
    const block = 1 | (raw.length << 3);
    const zstd = Uint8Array.from([
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0x20,
      raw.length,
      block & 255,
      block >> 8,
      block >> 16,
      ...raw,
    ]);
    await writeFile(join(folder, "a.txt"), text);
    await writeFile(join(folder, "b.txt.gz"), gzipSync(text));
    await writeFile(join(folder, "c.txt.zst"), zstd);
    await writeFile(join(folder, "notes.md"), "no text");
    const files = await listCorpusFiles([folder]);
    expect(files.map((file) => file.slice(folder.length + 1))).toEqual(["a.txt", "b.txt.gz", "c.txt.zst"]);
    for (const file of files) {
      const documents: string[] = [];
      for await (const document of readDocuments(file)) documents.push(document);
      expect(documents).toEqual(["first document", "second, é", "third"]);
    }
    expect((await countChunks(files)).get(" document")).toBe(6 / 2);
    await expect(listCorpusFiles([join(folder, "notes.md")])).rejects.toThrow("found none");
  });
});

describe("merge learner", () => {
  it("learns the merges of a hand-worked example", () => {
    const words = [
      ["low·", 5],
      ["lower·", 2],
      ["newest·", 6],
      ["widest·", 3],
      ["est", 1],
    ] as const;
    const merges = learnMerges(
      words.map(([word, count]) => ({ pieces: [...word], count })),
      (left, right) => left + right,
      4,
    );
    expect(merges.map((merge) => merge.joined)).toEqual(["es", "est", "est·", "lo"]);
  });

  it("agrees with recounting every pair after every merge", () => {
    const words = ["banana", "bandana", "cabana", "aaaa", "aaab", "nanana", "bab"].map((word, i) => ({
      pieces: [...word],
      count: 3 + i * i,
    }));
    let spelled = words.map((word) => ({ ...word }));
    const expected: string[] = [];
    for (let step = 0; step < 6; step++) {
      const counts = new Map<string, number>();
      for (const { pieces, count } of spelled) {
        for (let i = 0; i + 1 < pieces.length; i++)
          counts.set(`${pieces[i]} ${pieces[i + 1]}`, (counts.get(`${pieces[i]} ${pieces[i + 1]}`) ?? 0) + count);
      }
      const best = Math.max(...counts.values());
      const merge = learnMerges(words, (left, right) => left + right, step + 1)[step];
      expect(counts.get(`${merge?.left} ${merge?.right}`)).toBe(best);
      expected.push(merge?.joined ?? "");
      spelled = spelled.map(({ pieces, count }) => {
        const joined: string[] = [];
        for (let i = 0; i < pieces.length; i++) {
          const isPair = pieces[i] === merge?.left && pieces[i + 1] === merge?.right;
          joined.push(isPair ? `${pieces[i]}${pieces[++i]}` : (pieces[i] ?? ""));
        }
        return { pieces: joined, count };
      });
    }
    expect(learnMerges(words, (left, right) => left + right, 6).map((merge) => merge.joined)).toEqual(expected);
  });
});

describe("WordPiece trainer", () => {
  const file = trainWordPiece(counted(TEXTS), { vocabSize: 400, minWordCount: 1 });
  const tokenizer = new Tokenizer(file, {});

  it("writes a tokenizer.json that Hugging Face's tokenizers read and that round-trips lower-case text", () => {
    const ids = tokenizer.encode("It was GREAT, the owner said", { add_special_tokens: true }).ids;
    expect([ids[0], ids.at(-1)]).toEqual([0, 2]);
    expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe("it was great, the owner said");
    expect(tokenizer.encode("so", { text_pair: "it" }).tokens).toEqual(["<s>", "so", "</s>", "</s>", "it", "</s>"]);
  });

  it("keeps RoBERTa's special ids, the mask last, and label words whole", () => {
    const vocabulary = file.model.vocab;
    expect(["<s>", "<pad>", "</s>", "<unk>"].map((token) => vocabulary[token])).toEqual([0, 1, 2, 3]);
    expect(vocabulary["<mask>"]).toBe(Object.keys(vocabulary).length - 1);
    for (const word of ["terrible", "great", "abbreviation", "maybe"])
      expect(tokenizer.tokenize(` ${word}`)).toEqual([word]);
    expect(tokenizer.encode("it was <mask> .").tokens).toEqual(["<s>", "it", "was", "<mask>", ".", "</s>"]);
  });

  it("cuts words as the file's own normalizer and pre-tokenizer do", () => {
    for (const text of [...TEXTS, "tab\there\u200b zero\u0000width 漢字 ÀÉÎ don't U.S.A. $5 ～"]) {
      const normalized = tokenizer.normalizer?.(text) ?? "";
      expect(splitBertWords(normalizeBertText(text))).toEqual(tokenizer.pre_tokenizer?.(normalized));
    }
  });

  it("refuses a vocabulary without room for the alphabet, naming the least size", () => {
    expect(() => trainWordPiece(counted(TEXTS), { vocabSize: 50 })).toThrow(/vocabSize must be at least \d+/);
  });
});

describe("byte-level BPE trainer", () => {
  it("writes a tokenizer.json that round-trips any text, case and accents kept", () => {
    const file = trainByteLevelBpe(counted(TEXTS), { vocabSize: 290, minWordCount: 1 });
    const tokenizer = new Tokenizer(file, {});
    expect(Object.keys(file.model.vocab)).toHaveLength(290);
    for (const text of [...TEXTS, "emoji 🙂 and  two spaces"]) {
      const ids = tokenizer.encode(text, { add_special_tokens: false }).ids;
      expect(tokenizer.decode(ids, { skip_special_tokens: true, clean_up_tokenization_spaces: false })).toBe(text);
    }
    expect(tokenizer.encode("it was", { add_special_tokens: false }).ids.length).toBeLessThan(6);
  });
});
