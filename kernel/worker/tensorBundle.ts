/** Tensors as MIME bundles: type, shape, a summary of the values, and the first of them. */

import type { MimeBundle } from "./mimeBundle.js";

/** Up to this many values are fetched from the device; of larger tensors only the head and four numbers are. */
const MAX_FETCHED = 4_000_000;

/** Values in the head of a large tensor. */
const HEAD_VALUES = 10;

/** The part of a tensor that is used here: the kernel need not load TensorFlow.js to know one. */
export interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly isDisposed: boolean;
  data(): Promise<ArrayLike<unknown>>;
  dispose(): void;
  toString(verbose?: boolean): string;
  flatten(): Tensor;
  slice(begin: number, size: number): Tensor;
  cast(dtype: string): Tensor;
  min(): Tensor;
  max(): Tensor;
  mean(): Tensor;
  square(): Tensor;
}

/** Whether a value is a tensor. */
export function isTensor(value: object): value is Tensor {
  const tensor = value as Partial<Tensor>;
  return typeof tensor.data === "function" && Array.isArray(tensor.shape) && "dataId" in value;
}

/** `data()` first: a lazy device has no values until somebody waits for them. */
export async function tensorBundle(tensor: Tensor): Promise<MimeBundle> {
  const heading = `${tensor.dtype} [${tensor.shape.join(", ")}]`;
  if (tensor.isDisposed) return { "text/plain": `${heading}, disposed: its values are gone` };
  const isNumeric = tensor.dtype === "float32" || tensor.dtype === "int32" || tensor.dtype === "bool";
  const isLarge = tensor.size > MAX_FETCHED;
  if (isLarge && isNumeric) return { "text/plain": `${heading}\n${await largeText(tensor)}` };
  const values = await tensor.data();
  const summary = isNumeric && tensor.size > 1 ? `${summaryText(values as ArrayLike<number>)}\n` : "";
  return { "text/plain": `${heading}\n${summary}${tensor.toString()}` };
}

/** "min 0, mean 0.5, max 1, std 0.3", over the values that are numbers, and how many are not. */
export function summaryText(values: ArrayLike<number>): string {
  let [count, sum, squares, nans, infinite] = [0, 0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (Number.isNaN(value)) nans += 1;
    else if (!Number.isFinite(value)) infinite += 1;
    else {
      count += 1;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const mean = sum / count;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  const numbers = count === 0 ? "no finite values" : numbersText(min, mean, max, Math.sqrt(squares / count));
  const odd = [nans === 0 ? "" : `${nans} NaN`, infinite === 0 ? "" : `${infinite} infinite`];
  return [numbers, ...odd.filter((text) => text !== "")].join(", ");
}

/** Computed on the device: what is fetched is a handful of numbers. */
async function largeText(tensor: Tensor): Promise<string> {
  const flat = tensor.flatten();
  const head = flat.slice(0, HEAD_VALUES);
  const floats = flat.cast("float32");
  const squared = floats.square();
  const reduced = [floats.min(), floats.mean(), floats.max(), squared.mean()];
  const [first, ...numbers] = await Promise.all([head, ...reduced].map((each) => each.data()));
  for (const each of [flat, head, floats, squared, ...reduced]) each.dispose();
  const [min = Number.NaN, mean = Number.NaN, max = Number.NaN, meanSquare = Number.NaN] = numbers.map((each) =>
    Number(each[0]),
  );
  const shown = Array.from(first ?? [], (value) => short(Number(value))).join(", ");
  const std = Math.sqrt(Math.max(0, meanSquare - mean ** 2));
  const hint = Number.isNaN(mean) ? ", NaN among the values" : "";
  return `${numbersText(min, mean, max, std)}${hint}\n[${shown}, … ${(tensor.size - HEAD_VALUES).toLocaleString("en-US")} more]`;
}

function numbersText(min: number, mean: number, max: number, std: number): string {
  return `min ${short(min)}, mean ${short(mean)}, max ${short(max)}, std ${short(std)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
