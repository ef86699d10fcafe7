import * as tf from "@tensorflow/tfjs";
import { describe, expect, it, vi } from "vitest";
import { type DeviceState, examineDevices, measureSpeed } from "../../lib/doctor.js";
import { useDevice } from "../../lib/engine/index.js";
import { missingForProvider } from "../../lib/engine/onnx/provider.js";

vi.mock("../../lib/engine/onnx/provider.js", { spy: true });

describe("examineDevices", () => {
  it("says of every device whether it loads, why not, and what to do", async () => {
    vi.mocked(missingForProvider).mockImplementation((provider) => (provider === "cpu" ? null : "not in tests"));
    const states: DeviceState[] = [];
    for await (const state of examineDevices(() => Promise.reject(new Error("no packages")))) states.push(state);
    const byName = Object.fromEntries(states.map(({ name, ...state }) => [name, state]));
    expect(byName.onnx).toEqual({ isAvailable: true, reason: "", advice: "" });
    expect(byName.cpu).toEqual({ isAvailable: true, reason: "", advice: "" });
    expect(byName.webgpu).toMatchObject({ isAvailable: false, reason: "not in tests" });
    for (const name of ["tensorflow-gpu", "tensorflow", "wasm"]) {
      expect(byName[name]).toMatchObject({ isAvailable: false, reason: "no packages" });
      expect(byName[name]?.advice).toMatch(/^Install /);
    }
  });
});

describe("measureSpeed", () => {
  it("measures the device in use and leaves no tensor behind", async () => {
    await useDevice("onnx");
    const before = tf.memory().numTensors;
    const speed = await measureSpeed("roberta-nano", 0);
    expect(speed).toMatchObject({ model: "roberta-nano", batch: [2, 32] });
    expect(speed.gflops).toBeGreaterThan(0);
    expect(speed.forwardMs).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses a device that computes wrong products", async () => {
    await useDevice("cpu");
    const right = tf.getKernel("BatchMatMul", "cpu");
    tf.unregisterKernel("BatchMatMul", "cpu");
    tf.registerKernel({
      ...right,
      kernelFunc: (call) => right.kernelFunc({ ...call, inputs: { a: call.inputs.a, b: call.inputs.a } }),
    });
    await expect(measureSpeed("roberta-nano", 0)).rejects.toThrow("must have the entry 256; the device gave 64");
    tf.unregisterKernel("BatchMatMul", "cpu");
    tf.registerKernel(right);
  });
});
