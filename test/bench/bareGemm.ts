/** The physical limit: matrix products of a model's shapes and nothing else, with as many operations as a program has in its own. */

import * as tf from "@tensorflow/tfjs";
import { jit } from "../../lib/engine/index.js";
import { createRandom } from "../../lib/random.js";
import type { Program } from "./programs.js";
import type { BenchSize } from "./sizes.js";

/** Floating-point operations of the matrix products that one call of `program` records; it must be the first call, which is traced. */
export async function countGemmFlops(program: Program): Promise<number> {
  const { kernels } = await tf.profile(async () => {
    await program();
    return [];
  });
  const products = kernels.filter(({ name }) => name === "BatchMatMul" || name === "_FusedMatMul");
  return products.reduce((sum, { inputShapes, outputShapes }) => {
    const [left = [], output = []] = [inputShapes[0] ?? [], outputShapes[0] ?? []];
    return sum + 2 * sizeOf(left) * (output.at(-1) ?? 1); // rows · inner · columns
  }, 0);
}

/** Chained products of the feed-forward shapes, up and down in turn, about `flops` operations in all. */
export function bareGemm(size: BenchSize, flops: number): Program {
  const { hiddenSize: D, intermediateSize: F } = size;
  const rows = size.batchSize * (size.promptLength + size.textLength);
  const count = Math.max(1, Math.round(flops / (2 * rows * D * F)));
  const random = createRandom(1);
  const draw = (shape: [number, number], spread: number): tf.Tensor2D => {
    const length = shape[0] * shape[1];
    return tf.tensor2d(
      Float32Array.from({ length }, () => spread * (random.uniform() - 0.5)),
      shape,
    );
  };
  const inputs = { x: draw([rows, D], 1), up: draw([D, F], Math.sqrt(12 / D)), down: draw([F, D], Math.sqrt(12 / F)) };
  const chain = jit(({ x, up, down }: typeof inputs) => {
    let y = x;
    for (let i = 0; i < count; i++) y = tf.matMul(y, i % 2 === 0 ? up : down);
    return { corner: y.slice([0, 0], [1, 1]) as tf.Tensor };
  });
  return async () => {
    const { corner } = await chain(inputs);
    await corner.data();
    corner.dispose();
  };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
