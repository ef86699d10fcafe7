/** Adaptive average pooling over text rows, as a matrix that a batch carries beside its token ids. */

/**
 * Averages n rows into l bins: bin q is the mean of rows floor(q·n/l) .. ceil((q+1)·n/l) - 1. Bins overlap when l does
 * not divide n; rows repeat when n < l. Multiplying the matrix by hidden states pools them, with padding left out.
 *
 * @param attentionMask  one row of 0 and 1 per example; only the rows with 1 are averaged
 * @param promptLength   l, the number of bins
 * @returns              [B, l, T] in row-major order; each row of a matrix sums to 1
 * @source METHOD.md, section 2; the bins are those of PyTorch's AdaptiveAvgPool1d
 */
export function poolingMatrices(attentionMask: readonly (readonly number[])[], promptLength: number): Float32Array {
  const tokenCount = attentionMask[0]?.length ?? 0;
  const matrices = new Float32Array(attentionMask.length * promptLength * tokenCount);
  attentionMask.forEach((mask, b) => {
    const rows = mask.flatMap((isText, t) => (isText === 1 ? [t] : []));
    for (let q = 0; q < promptLength; q++) {
      const start = Math.floor((q * rows.length) / promptLength);
      const end = Math.ceil(((q + 1) * rows.length) / promptLength);
      for (const t of rows.slice(start, end)) {
        matrices[(b * promptLength + q) * tokenCount + t] = 1 / (end - start);
      }
    }
  });
  return matrices;
}
