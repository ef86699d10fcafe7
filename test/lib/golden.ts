/** Reading reference fixtures into tensors, and the measure that their tolerances are stated in. */

import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { readSafetensors, type SafetensorsFile } from "../../lib/backbone/safetensors.js";

/** Opens `test/fixtures/<path>`. */
export function openGolden(path: string): Promise<SafetensorsFile> {
  return readSafetensors(fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url)));
}

/** A stored tensor; int64 becomes int32. */
export function goldenTensor<T extends tf.Tensor = tf.Tensor>(file: SafetensorsFile, name: string): T {
  const values = file.read(name);
  return tf.tensor(values, [...file.shape(name)], values instanceof Int32Array ? "int32" : "float32") as T;
}

/** Stored tensors whose names start with `prefix`, named without it. */
export function goldenTensors(file: SafetensorsFile, prefix: string): Record<string, tf.Tensor> {
  const names = file.names.filter((name) => name.startsWith(prefix));
  return Object.fromEntries(names.map((name) => [name.slice(prefix.length), goldenTensor(file, name)]));
}

/** max|x - reference| / max|reference|, the "rel" of goldens/README.md. */
export function relativeError(x: tf.Tensor, reference: tf.Tensor): number {
  if (String(x.shape) !== String(reference.shape)) return Number.POSITIVE_INFINITY;
  return tf.tidy(() => {
    const difference = x.sub(reference).abs().max().dataSync()[0] ?? Number.NaN;
    return difference / (reference.abs().max().dataSync()[0] ?? Number.NaN);
  });
}
