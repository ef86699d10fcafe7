import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoadedModel, loadModel } from "../../../lib/backbone/loadBackbone.js";
import { readSafetensors, type TensorToWrite, writeSafetensors } from "../../../lib/backbone/safetensors.js";
import { heldBytes } from "../../../lib/engine/frozenMatrix.js";
import { useDevice } from "../../../lib/engine/index.js";
import { testDevices } from "../devices.js";
import { MODELS } from "./storedCases.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-weights-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A copy of a small model with its tensors as `edit` leaves them, its matrices as float16. */
async function narrowed(model: string, edit: (tensors: Record<string, TensorToWrite>) => void): Promise<string> {
  const directory = await mkdtemp(join(folder, model));
  await cp(join(MODELS, model, "config.json"), join(directory, "config.json"));
  const file = await readSafetensors(join(MODELS, model, "model.safetensors"));
  const tensors: Record<string, TensorToWrite> = {};
  for (const name of file.names) {
    if (!file.dtype(name).includes("F")) continue;
    const shape = file.shape(name);
    tensors[name] = { shape, values: file.readFloats(name), dtype: shape.length > 1 ? "F16" : "F32" };
  }
  edit(tensors);
  await writeSafetensors(join(directory, "model.safetensors"), tensors);
  return directory;
}

/** Last hidden state, logits, and the gradient of their sum of squares in the embedding output. */
async function everything({ model, config }: LoadedModel): Promise<number[]> {
  const results = tf.tidy(() => {
    const ids = tf.tensor2d([5, 9, 17, 30, 6, 2, 3, 40, 8, 7], [2, 5], "int32");
    const mask = tf.ones([2, 5], "int32") as tf.Tensor2D;
    const logits = (embedded: tf.Tensor): tf.Tensor2D => {
      let hidden = embedded as tf.Tensor3D;
      const bias = model.attentionBias(mask, 0);
      for (let layer = 0; layer < config.layerCount; layer++) hidden = model.layer(layer, hidden, bias);
      return model.logits(tf.reshape(hidden, [10, config.hiddenSize]));
    };
    const embedded = model.embed(ids, mask);
    const gradient = tf.grad((x) => tf.sum(tf.square(logits(x))))(embedded);
    return {
      embedded,
      logits: logits(embedded),
      chosen: model.logits(tf.ones([1, config.hiddenSize]), [9, 4]),
      gradient,
    };
  });
  const values = await Promise.all(Object.values(results).map((tensor) => tensor.data()));
  tf.dispose(results);
  return values.flatMap((array) => [...array]);
}

const families = ["roberta-tiny", "bert-tiny", "deberta-tiny", "gpt2-tiny"];

describe.each(testDevices)("weights in half precision on %s", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  it.each(["roberta-tiny-f16", "roberta-tiny-bf16"])(
    "compute for %s what widened weights do, bit for bit",
    async (name) => {
      const [stored, widened] = [
        await loadModel(join(MODELS, name)),
        await loadModel(join(MODELS, name), { weights: "f32" }),
      ];
      expect(await everything(stored)).toEqual(await everything(widened));
      expect(stored.hash).toBe(widened.hash); // the same numbers
      expect(stored.weightStorage).toBe(`${name.split("-").at(-1)}${device === "cpu" ? ", widened to f32" : ""}`);
      expect(widened.weightStorage).toBe("f32");
      for (const model of [stored, widened]) model.dispose();
    },
  );

  it.each(families)("round %s as a file in half precision would have, and say so in its hash", async (name) => {
    const plain = await loadModel(join(MODELS, name));
    const rounded = await loadModel(join(MODELS, name), { weights: "f16" });
    const directory = await narrowed(name, () => undefined);
    const widened = await loadModel(directory, { weights: "f32" });
    expect(await everything(rounded)).toEqual(await everything(widened));
    expect(plain.weightStorage).toBe("f32");
    expect(rounded.hash).not.toBe(plain.hash);
    const other = await loadModel(join(MODELS, name), { weights: "bf16" });
    expect(other.hash).not.toBe(rounded.hash);
    for (const model of [plain, rounded, widened, other]) model.dispose();
  });
});

describe("weights in half precision", () => {
  beforeAll(async () => {
    await useDevice("onnx");
  });

  it.each([...families, "roberta-tiny-bin"])("take half the bytes of %s's matrices", async (name) => {
    for (const weights of ["f16", "bf16"] as const) {
      const model = await loadModel(join(MODELS, name), { weights });
      await everything(model);
      for (const tensor of Object.values(model.weights)) {
        expect(heldBytes(tensor)).toBe(tensor.size * (tensor.rank > 1 ? 2 : 4));
      }
      model.dispose();
    }
  });

  it.each(families)("or a quarter of %s's layers with int8, and as stored elsewhere", async (name) => {
    const [model, plain] = [
      await loadModel(join(MODELS, name), { weights: "int8" }),
      await loadModel(join(MODELS, name)),
    ];
    await everything(model);
    for (const [key, tensor] of Object.entries(model.weights)) {
      const isInLayer = tensor.rank > 1 && /\.\d+\./.test(key);
      const outputs = tensor.shape[name === "gpt2-tiny" ? 1 : 0] ?? 0;
      expect([key, heldBytes(tensor)]).toEqual([key, isInLayer ? tensor.size + 4 * outputs : tensor.size * 4]);
    }
    expect(model.hash).not.toBe(plain.hash);
    expect(model.weightStorage).toBe("int8");
    for (const loaded of [model, plain]) loaded.dispose();
  });

  it("are float32 where the checkpoint mixes precisions, and by default what it has", async () => {
    const mixed = await narrowed("roberta-tiny", (tensors) => {
      const name = "lm_head.dense.weight";
      tensors[name] = { shape: [32, 32], values: tensors[name]?.values ?? new Float32Array(), dtype: "F32" };
    });
    const [some, all] = [await loadModel(mixed), await loadModel(await narrowed("roberta-tiny", () => undefined))];
    expect([some.weightStorage, all.weightStorage]).toEqual(["f32", "f16"]);
    for (const model of [some, all]) model.dispose();
  });

  it("are refused where a number is too large, or the precision is unknown", async () => {
    const large = await narrowed("roberta-tiny", (tensors) => {
      const values = new Float32Array(32 * 32).fill(65504);
      values[700] = -65520; // rounds to minus infinity
      tensors["lm_head.dense.weight"] = { shape: [32, 32], values, dtype: "F32" };
    });
    const before = tf.memory().numTensors;
    await expect(loadModel(large, { weights: "f16" })).rejects.toThrow(
      /"lm_head.dense.weight" of .* holds -65520, which is too large for float16. Load it with .*"f32"/,
    );
    expect(tf.memory().numTensors).toBe(before);
    (await loadModel(large, { weights: "bf16" })).dispose();
    await expect(loadModel(large, { weights: "f8" as "f16" })).rejects.toThrow(
      /must be one of stored, f32, f16, bf16, int8; got "f8"/,
    );
  });
});
