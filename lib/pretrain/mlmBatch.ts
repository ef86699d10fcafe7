/** Batches for masked-language-model training: rows of packed text, some tokens hidden, always the same shapes. */

import { ConfigError } from "../errors.js";
import type { Random } from "../random.js";

/** Ids of the special tokens and size of the vocabulary. */
export interface SpecialIds {
  readonly begin: number;
  readonly pad: number;
  readonly end: number;
  readonly mask: number;
  readonly vocabSize: number;
}

/** A row of text before masking: ids with special tokens, at most T of them; a cloze row also says which word belongs at its mask. */
export interface TextRow {
  readonly ids: readonly number[];
  /** Position of `<mask>` in `ids` and the id that belongs there. */
  readonly cloze?: { readonly position: number; readonly target: number };
}

/** One training batch: B rows of T tokens, N masked positions. */
export interface MlmBatch {
  readonly shape: readonly [number, number];
  /** [B, T], padded with `pad`. */
  readonly inputIds: Int32Array;
  /** [B, T], 1 for text, 0 for padding. */
  readonly attentionMask: Int32Array;
  /** [N], places in the flattened [B·T]; cloze positions first. */
  readonly maskedPlaces: Int32Array;
  /** [N], ids that belong at those places. */
  readonly targets: Int32Array;
  /** How many of the N, at their front, are cloze positions. */
  readonly clozeCount: number;
}

/** Number of masked positions of a [B, T] batch; fixed, so that a traced step serves every batch. */
export function maskedCount(batchSize: number, length: number, maskShare: number): number {
  return Math.round(maskShare * batchSize * length);
}

/**
 * Masks exactly `count` positions: every cloze position, the rest drawn without repetition from the text tokens. A drawn token
 * becomes `<mask>` (80%), a random token (10%) or stays (10%).
 *
 * @throws ConfigError  when the rows hold fewer than `count` tokens that can be masked
 * @source Devlin et al. 2019 (80/10/10); Liu et al. 2019 (new masks each time)
 */
export function maskRows(
  rows: readonly TextRow[],
  length: number,
  count: number,
  ids: SpecialIds,
  random: Random,
): MlmBatch {
  const shape = [rows.length, length] as const;
  const inputIds = new Int32Array(rows.length * length).fill(ids.pad);
  const attentionMask = new Int32Array(rows.length * length);
  const cloze: { place: number; target: number }[] = [];
  const candidates: number[] = [];
  rows.forEach((row, r) => {
    row.ids.forEach((id, t) => {
      const place = r * length + t;
      inputIds[place] = id;
      attentionMask[place] = 1;
      if (t === row.cloze?.position) cloze.push({ place, target: row.cloze.target });
      else if (id !== ids.begin && id !== ids.end && id !== ids.mask) candidates.push(place);
    });
  });
  const drawnCount = count - cloze.length;
  if (drawnCount < 0 || drawnCount > candidates.length) {
    throw new ConfigError(
      `A batch must have room for ${count} masked positions; it has ${cloze.length} cloze positions and ${candidates.length} other tokens. Change maskShare or auxiliaryShare.`,
      { count, cloze: cloze.length, candidates: candidates.length },
    );
  }
  for (let i = 0; i < drawnCount; i++) {
    const j = i + random.integer(candidates.length - i);
    [candidates[i], candidates[j]] = [candidates[j] ?? 0, candidates[i] ?? 0];
  }
  const maskedPlaces = Int32Array.from([...cloze.map(({ place }) => place), ...candidates.slice(0, drawnCount)]);
  const targets = Int32Array.from(maskedPlaces, (place, i) => cloze[i]?.target ?? inputIds[place] ?? ids.pad);
  for (const place of maskedPlaces.subarray(cloze.length)) {
    const draw = random.uniform();
    if (draw < 0.8) inputIds[place] = ids.mask;
    else if (draw < 0.9) inputIds[place] = random.integer(ids.vocabSize);
  }
  return { shape, inputIds, attentionMask, maskedPlaces, targets, clozeCount: cloze.length };
}

/** Reads rows of `length` tokens (`<s>`, a stretch of the stream, `</s>`) in a new random order each epoch; its state is one number. */
export class RowReader {
  private order: Uint32Array = new Uint32Array(0);
  private epoch = -1;

  /**
   * @param cursor  rows of `blockLength` read so far; continues there
   * @param random  orders the blocks of an epoch; forked, never advanced
   */
  constructor(
    private readonly tokens: Uint16Array,
    private readonly ids: SpecialIds,
    private readonly random: Random,
    readonly blockLength: number,
    public cursor = 0,
  ) {
    if (tokens.length < blockLength) {
      throw new ConfigError(`The corpus must have at least ${blockLength} tokens; it has ${tokens.length}. Add text.`, {
        tokens: tokens.length,
      });
    }
  }

  /** The next `count` rows of `length` ids; a row longer than a block reads on into what follows. */
  next(count: number, length: number): TextRow[] {
    return Array.from({ length: count }, () => {
      const start = Math.min(this.nextBlock() * this.blockLength, Math.max(0, this.tokens.length - (length - 2)));
      return { ids: [this.ids.begin, ...this.tokens.subarray(start, start + length - 2), this.ids.end] };
    });
  }

  private nextBlock(): number {
    const blockCount = Math.floor(this.tokens.length / this.blockLength);
    const epoch = Math.floor(this.cursor / blockCount);
    if (epoch !== this.epoch) {
      const random = this.random.fork(`epoch ${epoch}`);
      this.order = Uint32Array.from({ length: blockCount }, (_, i) => i);
      for (let i = blockCount - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        [this.order[i], this.order[j]] = [this.order[j] ?? 0, this.order[i] ?? 0];
      }
      this.epoch = epoch;
    }
    return this.order[this.cursor++ % blockCount] ?? 0;
  }
}
