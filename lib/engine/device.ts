/** Which tfjs backend computes: chosen once, printed once. */

import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../errors.js";
import { registerOnnxBackend } from "./onnx/register.js";

/** Where tensors live and are computed. */
export type Device = "tensorflow-gpu" | "onnx" | "cpu";

const DEVICES: readonly Device[] = ["tensorflow-gpu", "onnx", "cpu"];

/**
 * Makes `device` the tfjs backend of this process.
 * "auto" takes the first of DEVICES that loads; the environment variable SPTLAB_DEVICE overrides "auto".
 *
 * @returns the device that computes from now on
 * @throws ConfigError  when the named device is unknown or does not load here
 */
export async function useDevice(device: Device | "auto" = "auto"): Promise<Device> {
  silenceCpuAdvice();
  const wanted = device === "auto" ? (process.env.SPTLAB_DEVICE ?? "auto") : device;
  if (wanted === "auto") {
    for (const candidate of DEVICES) if (!(await tryDevice(candidate))) return candidate;
    return "cpu";
  }
  const known = DEVICES.find((name) => name === wanted);
  if (!known) {
    throw new ConfigError(`SPTLAB_DEVICE must be one of auto, ${DEVICES.join(", ")}; got "${wanted}".`, { wanted });
  }
  const failure = await tryDevice(known);
  if (failure) {
    throw new ConfigError(
      `The device "${known}" does not load here (${failure.message}). Use "auto", or one of ${DEVICES.join(", ")}.`,
      { wanted },
      { cause: failure },
    );
  }
  return known;
}

/** Loads and selects a device; returns what stopped it. */
async function tryDevice(device: Device): Promise<Error | null> {
  try {
    if (device === "tensorflow-gpu") {
      const packageName: string = "@tensorflow/tfjs-node-gpu";
      await import(packageName);
      return (await tf.setBackend("tensorflow")) ? null : new Error("tfjs-node-gpu registered no backend");
    }
    if (device === "onnx") registerOnnxBackend();
    return (await tf.setBackend(device)) ? null : new Error("its backend did not initialise");
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** tfjs's cpu backend advises Node users, at its first write, to install another package; the engine has made that choice. */
function silenceCpuAdvice(): void {
  (tf.findBackend("cpu") as tf.KernelBackend & { firstUse?: boolean }).firstUse = false;
}
