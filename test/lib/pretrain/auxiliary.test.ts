import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadAuxiliary } from "../../../lib/pretrain/auxiliary.js";
import { LABEL_WORDS } from "../../../lib/pretrain/labelWords.js";
import { createChunkEncoder, DOCUMENT_END } from "../../../lib/pretrain/tokenStream.js";
import { trainWordPiece } from "../../../lib/pretrain/wordPieceTrainer.js";
import { createRandom } from "../../../lib/random.js";
import { temporaryFolder } from "../../temporaryFolder.js";

const WORDS = "it was a fine wet day . : ? , x y z bad1 good1 it".split(" ");
const tokenizer = trainWordPiece(new Map(WORDS.map((word) => [word, 9])), {
  vocabSize: 420,
  keepWords: [...LABEL_WORDS, ...WORDS],
});
const { vocab } = tokenizer.model;
const names: string[] = [];
for (const [token, id] of Object.entries(vocab)) names[id] = token;
const ids = { begin: 0, pad: 1, end: 2, mask: vocab["<mask>"] ?? 0, vocabSize: names.length };
const encode = createChunkEncoder(tokenizer);
const stream = Uint16Array.from(
  Array.from({ length: 300 }, () => [...encode("a fine wet day ."), ...encode("it was x y z ."), DOCUMENT_END]).flat(),
);

async function source() {
  const folder = temporaryFolder("auxiliary-");
  const reviews = [0, 1].flatMap((label) =>
    Array.from({ length: 5 }, () => ({ text: `${["bad1", "good1"][label]} day . `.repeat(20), label })),
  );
  const news = [
    { text: "x day", label: 1 },
    { text: "y day", label: 3 },
  ];
  await writeFile(join(folder, "imdb.jsonl.gz"), gzipSync(reviews.map((row) => JSON.stringify(row)).join("\n")));
  await writeFile(join(folder, "ag_news.jsonl.gz"), gzipSync(news.map((row) => JSON.stringify(row)).join("\n")));
  await writeFile(join(folder, "objective.txt"), "z wet day .\n".repeat(9));
  return {
    folder,
    load: () =>
      loadAuxiliary(
        { folder, sortedText: [{ word: "objective", file: join(folder, "objective.txt") }], stream },
        encode,
        ids,
      ),
  };
}

describe("auxiliary cloze rows", () => {
  it("put the mask where the template has it and the class word of the text's label as its target", async () => {
    const draw = await (await source()).load();
    const rows = draw(400, 32, createRandom(1));
    const seen = new Map<string, number>();
    for (const row of rows) {
      expect(row.ids.length).toBeLessThanOrEqual(32);
      expect([row.ids[0], row.ids.at(-1)]).toEqual([ids.begin, ids.end]);
      expect(row.ids.filter((id) => id === ids.mask)).toHaveLength(1);
      expect(row.ids[row.cloze?.position ?? -1]).toBe(ids.mask);
      const text = row.ids.map((id) => names[id]).join(" ");
      const word = names[row.cloze?.target ?? -1] ?? "";
      seen.set(word, (seen.get(word) ?? 0) + 1);
      if (word === "great") expect(text).toMatch(/good1.* it was <mask> \. <\/s>$/);
      if (word === "terrible") expect(text).toMatch(/bad1.* it was <mask> \. <\/s>$/);
      if (word === "sports") expect(text).toBe("<s> <mask> : x day </s>");
      if (word === "science") expect(text).toBe("<s> <mask> : y day </s>");
      if (word === "objective") expect(text).toMatch(/z.* it was <mask> \./);
      if (word === "yes" || word === "no") expect(text).toMatch(/(\?)? <mask> ,/);
    }
    expect([...seen.keys()].sort()).toEqual(["great", "no", "objective", "science", "sports", "terrible", "yes"]);
    // Reviews weigh 6 of 10.6: 226 of 400 expected, standard deviation 10.
    expect(Math.abs((seen.get("great") ?? 0) + (seen.get("terrible") ?? 0) - 226)).toBeLessThan(40);
  });

  it("repeats the same rows from the same random stream", async () => {
    const draw = await (await source()).load();
    expect(draw(20, 32, createRandom(7))).toEqual(draw(20, 32, createRandom(7)));
  });

  it("refuses a folder without any known file and a class word of several tokens", async () => {
    const { folder } = await source();
    const empty = temporaryFolder("auxiliary-");
    await expect(loadAuxiliary({ folder: empty, sortedText: [], stream }, encode, ids)).rejects.toThrow(
      /imdb\.jsonl\.gz/,
    );
    const sortedText = [{ word: "unsplittable", file: join(folder, "objective.txt") }];
    await expect(loadAuxiliary({ sortedText, stream }, encode, ids)).rejects.toThrow(/must be one token/);
  });
});
