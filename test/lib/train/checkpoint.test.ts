import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useDevice } from "../../../lib/engine/index.js";
import { CheckpointError } from "../../../lib/errors.js";
import { restoreCheckpoint, saveCheckpoint } from "../../../lib/train/checkpoint.js";

const folder = mkdtempSync(join(tmpdir(), "checkpoint-test-"));
beforeAll(async () => {
  await useDevice("cpu");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a checkpoint", () => {
  it("gives back every bit of its tensors and state, and leaves one file", async () => {
    const path = join(folder, "a", "checkpoint.safetensors");
    const values = [0.1, -1e-38, 3.4e38, 1 / 3];
    await saveCheckpoint(path, { w: tf.variable(tf.tensor1d(values)), step: tf.scalar(7) }, { loss: [0.1 + 0.2] });
    const w = tf.variable(tf.zeros([4]));
    const step = tf.variable(tf.scalar(0));
    expect(await restoreCheckpoint(path, { w, step })).toEqual({ loss: [0.1 + 0.2] });
    expect([...w.dataSync()]).toEqual([...Float32Array.from(values)]);
    expect(step.dataSync()[0]).toBe(7);
    expect(readdirSync(join(folder, "a"))).toEqual(["checkpoint.safetensors"]);
  });

  it("is undefined when there is none, and refused when it does not fit", async () => {
    const path = join(folder, "b.safetensors");
    expect(await restoreCheckpoint(path, {})).toBeUndefined();
    await saveCheckpoint(path, { w: tf.zeros([2]) });
    await expect(restoreCheckpoint(path, { w: tf.variable(tf.zeros([3])) })).rejects.toThrow(CheckpointError);
    await expect(restoreCheckpoint(path, { other: tf.variable(tf.zeros([2])) })).rejects.toThrow(/it is not there/);
  });
});
