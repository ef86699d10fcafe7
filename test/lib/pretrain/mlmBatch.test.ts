import { describe, expect, it } from "vitest";
import { maskedCount, maskRows, RowReader, type SpecialIds } from "../../../lib/pretrain/mlmBatch.js";
import { unigramBaseline } from "../../../lib/pretrain/unigramBaseline.js";
import { createRandom } from "../../../lib/random.js";

const IDS: SpecialIds = { begin: 0, pad: 1, end: 2, mask: 99, vocabSize: 100 };
const stream = Uint16Array.from({ length: 1000 }, (_, i) => (i % 37 === 0 ? 2 : 5 + (i % 90)));

describe("masking", () => {
  it("hides exactly the asked number of text tokens, 80/10/10, and never a special token", () => {
    const random = createRandom(1);
    const kinds = { mask: 0, same: 0, other: 0 };
    for (let round = 0; round < 200; round++) {
      const rows = Array.from({ length: 4 }, (_, r) => ({
        ids: [0, ...Array.from({ length: 20 }, (_, t) => 5 + 20 * r + t), 2],
      }));
      const batch = maskRows(rows, 24, 13, IDS, random);
      expect(new Set(batch.maskedPlaces).size).toBe(13);
      expect([...batch.attentionMask].reduce((a, b) => a + b, 0)).toBe(4 * 22);
      batch.maskedPlaces.forEach((place, i) => {
        const original = rows[Math.floor(place / 24)]?.ids[place % 24] ?? -1;
        expect(batch.targets[i]).toBe(original);
        expect(original).toBeGreaterThan(4);
        const now = batch.inputIds[place];
        kinds[now === 99 ? "mask" : now === original ? "same" : "other"]++;
      });
      const hidden = new Set(batch.maskedPlaces);
      rows.forEach((row, r) => {
        row.ids.forEach((id, t) => {
          if (!hidden.has(r * 24 + t)) expect(batch.inputIds[r * 24 + t]).toBe(id);
        });
      });
    }
    // 2600 draws: three standard deviations of a share are below 0.025.
    expect(kinds.mask / 2600).toBeCloseTo(0.8, 1);
    expect(Math.abs(kinds.same / 2600 - 0.1)).toBeLessThan(0.025);
    expect(Math.abs(kinds.other / 2600 - 0.1)).toBeLessThan(0.025);
  });

  it("puts cloze positions first and keeps their mask", () => {
    const rows = [{ ids: [0, 7, 8, 99, 9, 2], cloze: { position: 3, target: 42 } }, { ids: [0, 10, 11, 12, 13, 2] }];
    const batch = maskRows(rows, 6, 3, IDS, createRandom(2));
    expect(batch.clozeCount).toBe(1);
    expect([batch.maskedPlaces[0], batch.targets[0], batch.inputIds[3]]).toEqual([3, 42, 99]);
  });

  it("refuses more masked positions than there are tokens", () => {
    expect(() => maskRows([{ ids: [0, 7, 2] }], 3, 2, IDS, createRandom(1))).toThrow(/room for 2 masked positions/);
    expect(maskedCount(64, 64, 0.15)).toBe(614);
  });
});

describe("row reader", () => {
  it("reads every block once an epoch, in another order each time", () => {
    const reader = new RowReader(stream, IDS, createRandom(3), 10);
    const [first, second] = [reader.next(100, 12), reader.next(100, 12)];
    const starts = (rows: typeof first): string[] => rows.map((row) => row.ids.slice(1, -1).join());
    expect(new Set(starts(first)).size).toBe(new Set(starts(second)).size);
    expect(starts(first).sort()).toEqual(starts(second).sort());
    expect(reader.next(100, 12)).not.toEqual(first);
  });

  it("continues from a cursor with the rows that would have come next", () => {
    const one = new RowReader(stream, IDS, createRandom(3), 10);
    one.next(130, 12);
    const two = new RowReader(stream, IDS, createRandom(3), 10, one.cursor);
    expect(two.next(90, 22)).toEqual(one.next(90, 22));
  });
});

describe("unigram baseline", () => {
  it("equals a hand-worked case", () => {
    const batch = { targets: Int32Array.from([5, 6]) } as Parameters<typeof unigramBaseline>[1][number];
    // counts with add-one over 10 ids: id 5 three times, id 6 once, document end left out -> 4/14 and 2/14
    const { loss, accuracy } = unigramBaseline(Uint16Array.from([5, 5, 2, 6, 5]), [batch], 10);
    expect(loss).toBeCloseTo(-(Math.log(4 / 14) + Math.log(2 / 14)) / 2, 12);
    expect(accuracy).toBe(0.5);
  });
});
