/**
 * `node dist/test/bench/loading.js`, after `npm run bench` has built it: memory while a model of roberta-base's shape is
 * loaded, from files of random weights in float32 (499 MB) and float16, each load in a process of its own. Linux.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel, type ModelOptions } from "../../lib/backbone/loadBackbone.js";
import { parseRobertaConfig, robertaWeightShapes } from "../../lib/backbone/roberta.js";
import { type TensorToWrite, writeSafetensors } from "../../lib/backbone/safetensors.js";
import { heldBytes } from "../../lib/engine/frozenMatrix.js";
import { useDevice } from "../../lib/engine/index.js";
import { createRandom } from "../../lib/random.js";

const CONFIG = {
  model_type: "roberta",
  num_hidden_layers: 12,
  hidden_size: 768,
  num_attention_heads: 12,
  intermediate_size: 3072,
  vocab_size: 50_265,
  max_position_embeddings: 514,
  layer_norm_eps: 1e-5,
};

const [directory, weights] = process.argv.slice(2) as [string?, ModelOptions["weights"]?];
if (directory !== undefined && weights !== undefined) await measure(directory, weights);
else await measureAll();

async function measureAll(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sptlab-loading-"));
  try {
    for (const dtype of ["F32", "F16"] as const) {
      const model = join(folder, dtype);
      await writeModel(model, dtype);
      for (const storage of ["stored", "f32", "f16", "bf16", "int8"]) {
        spawnSync(process.execPath, [fileURLToPath(import.meta.url), model, storage], { stdio: "inherit" });
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Loads a model; prints what its weights take, and the most that the process took on top of what it had before. */
async function measure(directory: string, weights: NonNullable<ModelOptions["weights"]>): Promise<void> {
  await useDevice("onnx");
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const model = await loadModel(directory, { weights });
  const seconds = (performance.now() - start) / 1000;
  const held = Object.values(model.weights).reduce((sum, tensor) => sum + heldBytes(tensor), 0);
  const peak = 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) - before;
  console.log(
    `${directory.slice(-3)} as ${weights}: ${(held / 1e6).toFixed(0)} MB of weights, at most ${(peak / 1e6).toFixed(0)} ` +
      `while loading, ratio ${(peak / held).toFixed(2)}; ${seconds.toFixed(1)} s`,
  );
}

async function writeModel(directory: string, dtype: "F32" | "F16"): Promise<void> {
  const random = createRandom(1);
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, shape] of Object.entries(robertaWeightShapes(parseRobertaConfig(CONFIG, "bench")))) {
    const count = shape.reduce((product, length) => product * length, 1);
    const values = Float32Array.from({ length: count }, () => 0.04 * (random.uniform() - 0.5));
    tensors[name] = { shape, values, dtype };
  }
  await mkdir(directory);
  await writeFile(join(directory, "config.json"), JSON.stringify(CONFIG));
  await writeSafetensors(join(directory, "model.safetensors"), tensors);
}
