/** What `sptlab doctor` asks of the library: which devices load and why others do not, where caches are, how fast this is. */

import * as tf from "@tensorflow/tfjs";
import { loadBackbone } from "./backbone/index.js";
import { type Device, deviceNames, type ImportPackage, tryDevice } from "./engine/device.js";
import { jit } from "./engine/index.js";
import { hasGraphicsCard } from "./engine/onnx/provider.js";
import { createRandom } from "./random.js";

/** Whether a device loads. */
export interface DeviceState {
  readonly name: Device;
  readonly isAvailable: boolean;
  /** Why not, or what it computes on; empty when there is nothing to say. */
  readonly reason: string;
  /** What to do to get it; empty for one that is there. */
  readonly advice: string;
}

/** Tries every device in the order of "auto"; the last that loads stays selected. */
export async function* examineDevices(importPackage?: ImportPackage): AsyncGenerator<DeviceState> {
  for (const name of deviceNames) {
    const failure = await tryDevice(name, importPackage);
    const { reason = "", advice = "" } = (failure?.facts ?? {}) as { reason?: string; advice?: string };
    yield { name, isAvailable: failure === null, reason: failure ? reason : remark(name), advice };
  }
}

/** What is worth knowing of the device that has just been selected. */
function remark(device: Device): string {
  if (device === "webgpu" && !hasGraphicsCard())
    return "its adapter is the CPU in disguise: only for tests, and no choice of auto";
  const { isUsingGpuDevice } = tf.backend() as tf.KernelBackend & { readonly isUsingGpuDevice?: boolean };
  if (isUsingGpuDevice === undefined) return "";
  return isUsingGpuDevice ? "computes on the graphics card" : "sees no graphics card, computes on the CPU";
}

/** What the present device does in a few seconds. */
export interface Speed {
  /** Side of the square matrices that were multiplied. */
  readonly matmulSize: number;
  /** 2 n³ floating-point operations over the shortest of the times, in 10⁹ a second. */
  readonly gflops: number;
  readonly model: string;
  /** Texts × tokens of the forward pass. */
  readonly batch: readonly [number, number];
  /** Median milliseconds of a forward pass through all layers. */
  readonly forwardMs: number;
}

const BATCH = [2, 32] as const;
const LONG_ENOUGH_MS = 50;
const LARGEST_MATRIX = 4096;
const BUDGET_MS = 1500;

/**
 * Multiplies matrices, doubling their size until one product takes a while, then runs a batch through a model.
 *
 * @param budgetMs  how long each of the two is repeated
 * @throws Error  when the device computes a wrong product
 */
export async function measureSpeed(model = "roberta-nano", budgetMs = BUDGET_MS): Promise<Speed> {
  let matmulSize = 256;
  while (matmulSize < LARGEST_MATRIX && (await multiply(matmulSize, 0)) < LONG_ENOUGH_MS) matmulSize *= 2;
  const gflops = (2 * matmulSize ** 3) / (await multiply(matmulSize, budgetMs)) / 1e6;
  return { matmulSize, gflops, model, batch: BATCH, forwardMs: await forward(model, budgetMs) };
}

/** Shortest time of a product of n × n matrices, in milliseconds. */
async function multiply(n: number, budgetMs: number): Promise<number> {
  const inputs = { a: tf.fill([n, n], 0.5), b: tf.fill([n, n], 2) };
  const product = jit(({ a, b }: typeof inputs) => ({ c: tf.matMul(a, b) }));
  const run = async (): Promise<void> => {
    const { c } = await product(inputs);
    const [first] = await c.data();
    c.dispose();
    if (first !== n) throw new Error(`The product of two matrices must have the entry ${n}; the device gave ${first}.`);
  };
  const [shortest = Number.NaN] = await times(run, budgetMs);
  product.dispose();
  tf.dispose(inputs);
  return shortest;
}

/** Median time of a forward pass, in milliseconds. */
async function forward(model: string, budgetMs: number): Promise<number> {
  const backbone = await loadBackbone(model);
  const [B, T] = BATCH;
  const { hiddenSize, layerCount, vocabSize } = backbone.config;
  const random = createRandom(1);
  const ids = Int32Array.from({ length: B * T }, () => random.integer(vocabSize));
  const inputs = { ids: tf.tensor2d(ids, [B, T], "int32"), mask: tf.ones([B, T], "int32") as tf.Tensor2D };
  const pass = jit(({ ids, mask }: typeof inputs) => {
    const bias = backbone.attentionBias(mask, 0);
    let hidden = backbone.embed(ids, mask); // [B, T, D]
    for (let index = 0; index < layerCount; index++) hidden = backbone.layer(index, hidden, bias);
    return { first: hidden.slice([0, 0, 0], [B, 1, hiddenSize]) };
  });
  const run = async (): Promise<void> => {
    const { first } = await pass(inputs);
    await first.data();
    first.dispose();
  };
  const sorted = await times(run, budgetMs);
  pass.dispose();
  tf.dispose(inputs);
  backbone.dispose();
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Milliseconds of each run within a budget, at least one, ascending; a first run, which compiles, does not count. */
async function times(run: () => Promise<void>, budgetMs: number): Promise<number[]> {
  await run();
  const measured: number[] = [];
  const end = performance.now() + budgetMs;
  do {
    const start = performance.now();
    await run();
    measured.push(performance.now() - start);
  } while (performance.now() < end);
  return measured.sort((a, b) => a - b);
}
