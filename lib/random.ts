/** Seeded randomness whose state can be saved, so that a resumed run draws what the first would have drawn. */

/** A stream of pseudo-random numbers; every random choice of a run comes from one of these. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Uniform integer in [0, limit). */
  integer(limit: number): number;
  /** Standard normal (Box-Muller, one draw of two used). */
  normal(): number;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream named by `label`; does not advance this one. */
  fork(label: string): Random;
  /** The four state words, for a checkpoint; pass them to `restoreRandom`. */
  state(): readonly number[];
}

/**
 * A stream seeded by `seed` (any integer) through splitmix32.
 *
 * @source Blackman & Vigna 2018, xoshiro128** 1.1
 */
export function createRandom(seed: number): Random {
  let z = seed | 0;
  const words = Array.from({ length: 4 }, () => {
    z = (z + 0x9e3779b9) | 0;
    let x = z;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  });
  return restoreRandom(words);
}

/** The stream that `random.state()` described. */
export function restoreRandom(state: readonly number[]): Random {
  let [a = 1, b = 2, c = 3, d = 4] = state;
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  const uniform = (): number => next() / 2 ** 32;
  const integer = (limit: number): number => Math.floor(uniform() * limit);
  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle: (items) => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j] as never, shuffled[i] as never];
      }
      return shuffled;
    },
    fork: (label) => {
      let hash = (a ^ rotateLeft(b, 8) ^ rotateLeft(c, 16) ^ rotateLeft(d, 24)) | 0;
      for (const char of label) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
      return createRandom(hash);
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
