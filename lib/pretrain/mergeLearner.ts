/** Learns which neighbouring pieces of words to join: the loop that WordPiece and byte-level BPE training share. */

/** A word as the pieces it is made of now, and how often it occurs. */
export interface CountedWord {
  readonly pieces: readonly string[];
  readonly count: number;
}

/** One learned join. */
export interface Merge {
  readonly left: string;
  readonly right: string;
  readonly joined: string;
}

/**
 * Joins the most frequent pair of neighbouring pieces, again and again, until `newPieceLimit` new pieces exist or no pair
 * occurs `minPairCount` times. Ties go to the pair that was seen first. Pair counts are updated only for the words that change.
 *
 * @param join  the piece that two pieces make, such as "un" + "##do" -> "undo"
 * @source Sennrich, Haddow & Birch 2016, Neural Machine Translation of Rare Words with Subword Units
 */
export function learnMerges(
  words: readonly CountedWord[],
  join: (left: string, right: string) => string,
  newPieceLimit: number,
  minPairCount = 2,
): Merge[] {
  const names: string[] = [];
  const idOf = new Map<string, number>();
  const intern = (piece: string): number => {
    let id = idOf.get(piece);
    if (id === undefined) {
      id = names.push(piece) - 1;
      idOf.set(piece, id);
    }
    return id;
  };
  const spelled = words.map((word) => word.pieces.map(intern));
  const pairs = new PairTable();
  spelled.forEach((pieces, index) => {
    for (let i = 0; i + 1 < pieces.length; i++)
      pairs.add(pieces[i] ?? 0, pieces[i + 1] ?? 0, index, words[index]?.count ?? 0);
  });

  const merges: Merge[] = [];
  const known = new Set(names);
  for (let fresh = 0; fresh < newPieceLimit; ) {
    const best = pairs.takeMostFrequent();
    if (!best || best.count < minPairCount) break;
    const left = names[best.left] ?? "";
    const right = names[best.right] ?? "";
    const joined = join(left, right);
    merges.push({ left, right, joined });
    if (!known.has(joined)) fresh++;
    known.add(joined);
    const joinedId = intern(joined);
    for (const index of best.words) {
      const before = spelled[index] ?? [];
      const after = replacePair(before, best.left, best.right, joinedId);
      if (after.length === before.length) continue;
      const count = words[index]?.count ?? 0;
      for (let i = 0; i + 1 < before.length; i++) pairs.add(before[i] ?? 0, before[i + 1] ?? 0, -1, -count);
      for (let i = 0; i + 1 < after.length; i++) pairs.add(after[i] ?? 0, after[i + 1] ?? 0, index, count);
      spelled[index] = after;
    }
  }
  return merges;
}

function replacePair(pieces: readonly number[], left: number, right: number, joined: number): number[] {
  const replaced: number[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const isPair = pieces[i] === left && pieces[i + 1] === right;
    replaced.push(isPair ? joined : (pieces[i] ?? 0));
    if (isPair) i++;
  }
  return replaced;
}

interface Pair {
  readonly left: number;
  readonly right: number;
  readonly order: number;
  count: number;
  /** Count under which the pair lies in the heap; older, higher entries are skipped when they surface. */
  queuedCount: number;
  readonly words: Set<number>;
}

/** Pair counts with a heap whose entries may be stale: a pair that shrank is put back under its true count. */
class PairTable {
  private readonly byKey = new Map<number, Pair>();
  private readonly heap: { readonly pair: Pair; readonly count: number }[] = [];

  /** Adds `count` (may be negative) to a pair; `word` >= 0 remembers where the pair occurs. */
  add(left: number, right: number, word: number, count: number): void {
    const key = left * 2 ** 24 + right;
    let pair = this.byKey.get(key);
    if (!pair) {
      pair = { left, right, order: this.byKey.size, count: 0, queuedCount: 0, words: new Set() };
      this.byKey.set(key, pair);
    }
    pair.count += count;
    if (word >= 0) pair.words.add(word);
    if (pair.count > pair.queuedCount) this.queue(pair);
  }

  takeMostFrequent(): Pair | undefined {
    this.settle();
    for (;;) {
      const top = this.pop();
      if (!top) return undefined;
      const { pair, count } = top;
      if (count !== pair.queuedCount) continue;
      if (pair.count === count) {
        pair.queuedCount = 0;
        return pair;
      }
      pair.queuedCount = 0;
      if (pair.count > 0) {
        this.queue(pair);
        this.settle();
      }
    }
  }

  private readonly unsettled = new Set<Pair>();

  private queue(pair: Pair): void {
    this.unsettled.add(pair);
  }

  /** Puts pairs that grew since the last take into the heap, once each. */
  private settle(): void {
    for (const pair of this.unsettled) {
      if (pair.count <= pair.queuedCount) continue;
      pair.queuedCount = pair.count;
      this.push({ pair, count: pair.count });
    }
    this.unsettled.clear();
  }

  private isBefore(a: { pair: Pair; count: number }, b: { pair: Pair; count: number }): boolean {
    return a.count !== b.count ? a.count > b.count : a.pair.order < b.pair.order;
  }

  private push(entry: { readonly pair: Pair; readonly count: number }): void {
    const { heap } = this;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !this.isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  private pop(): { readonly pair: Pair; readonly count: number } | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      const other = heap[child + 1];
      if (other && below && this.isBefore(other, below)) {
        child++;
        below = other;
      }
      if (!below || !this.isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
