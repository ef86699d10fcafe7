/** The hash by which Jupyter clients name the files of cells. */

const MULTIPLIER = 0x5bd1e995;

/**
 * Murmur2 (32 bits, x86) of the text's UTF-8 bytes.
 *
 * @returns  unsigned
 * @source Appleby, MurmurHash2; ipykernel's compiler.py and JupyterLab compute the same
 */
export function murmur2(text: string, seed: number): number {
  const bytes = Buffer.from(text, "utf8");
  const rest = bytes.length % 4;
  const end = bytes.length - rest;
  let hash = seed ^ bytes.length;
  for (let offset = 0; offset < end; offset += 4) {
    const word = Math.imul(bytes.readInt32LE(offset), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word ^ (word >>> 24), MULTIPLIER);
  }
  if (rest > 0) hash = Math.imul(hash ^ bytes.readUIntLE(end, rest), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) >>> 0;
}
