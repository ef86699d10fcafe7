/** Which device computes: chosen once for the process. */

import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../errors.js";
import { hasGraphicsCard, missingForProvider, type Provider } from "./onnx/provider.js";
import { addCpuKernels, registerOnnxBackend } from "./onnx/register.js";

/** Where tensors live and are computed. */
export type Device = "tensorflow-gpu" | "tensorflow" | "cuda" | "webgpu" | "onnx" | "wasm" | "cpu";

/** Loads a package by name. */
export type ImportPackage = (name: string) => Promise<unknown>;

const importInstalled: ImportPackage = (name) => import(name);

interface DeviceSpec {
  /** Name of its tfjs backend. */
  readonly backend: string;
  /** The package that registers this backend, where it is not ours or tfjs's own. */
  readonly packageName?: string;
  readonly provider?: Provider;
  /** How to get it where it does not load. */
  readonly advice: string;
}

const DEVICES: Readonly<Record<Device, DeviceSpec>> = {
  "tensorflow-gpu": {
    backend: "tensorflow",
    packageName: "@tensorflow/tfjs-node-gpu",
    advice:
      "Install @tensorflow/tfjs-node-gpu@4.22.0 with its scripts allowed, which download libtensorflow 2.9 (for CUDA 11.2, " +
      "cuDNN 8.1) or, by `npm rebuild @tensorflow/tfjs-node-gpu --build-addon-from-source`, build the add-on.",
  },
  tensorflow: {
    backend: "tensorflow",
    packageName: "@tensorflow/tfjs-node",
    advice: "Install @tensorflow/tfjs-node@4.22.0 with its scripts allowed, which download libtensorflow 2.9.",
  },
  cuda: {
    backend: "cuda",
    provider: "cuda",
    advice:
      "On Linux x64 with CUDA 12 and cuDNN 9, `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node` fetches it.",
  },
  webgpu: {
    backend: "webgpu",
    provider: "webgpu",
    advice: "Install the driver of the graphics card, and on Linux the Vulkan loader (Debian: libvulkan1).",
  },
  onnx: {
    backend: "onnx",
    provider: "cpu",
    advice:
      "onnxruntime-node has binaries for Linux and Windows on x64 and arm64, and for macOS on arm64; reinstall it.",
  },
  wasm: {
    backend: "wasm",
    packageName: "@tensorflow/tfjs-backend-wasm",
    advice: "Install @tensorflow/tfjs-backend-wasm@4.22.0.",
  },
  cpu: { backend: "cpu", advice: "It is part of @tensorflow/tfjs; reinstall that." },
};

/** All devices, those that "auto" prefers first; it never chooses "tensorflow". */
export const deviceNames = Object.keys(DEVICES) as readonly Device[];

/**
 * Makes `device` the tfjs backend of this process.
 * "auto" takes the environment variable SPTLAB_DEVICE, else the first that loads of tensorflow-gpu, cuda, webgpu (where
 * there is a graphics card), onnx, wasm and cpu.
 *
 * @param importPackage  loads the package of a device that has one
 * @returns the device that computes from now on
 * @throws ConfigError  when the named device is unknown or does not load here: why, and what to do
 */
export async function useDevice(device: Device | "auto" = "auto", importPackage = importInstalled): Promise<Device> {
  const wanted = device === "auto" ? process.env.SPTLAB_DEVICE || "auto" : device;
  if (wanted === "auto") {
    for (const candidate of deviceNames) {
      const isChoice = candidate !== "tensorflow" && (candidate !== "webgpu" || hasGraphicsCard());
      if (isChoice && !(await tryDevice(candidate, importPackage))) return candidate;
    }
  }
  const known = deviceNames.find((name) => name === wanted);
  if (!known) {
    const setting = device === "auto" ? "SPTLAB_DEVICE" : "The device";
    throw new ConfigError(`${setting} must be auto or one of ${deviceNames.join(", ")}; got "${wanted}".`, { wanted });
  }
  const failure = await tryDevice(known, importPackage);
  if (failure) throw failure;
  return known;
}

/**
 * Makes a device the tfjs backend; where that fails, the backend stays what it was.
 *
 * @returns  what stopped it and what to do; null when it computes from now on
 */
export async function tryDevice(device: Device, importPackage = importInstalled): Promise<ConfigError | null> {
  silenceCpuAdvice();
  const { backend, packageName, provider, advice } = DEVICES[device];
  const before: string | undefined = tf.getBackend();
  try {
    if (packageName) await importPackage(packageName);
    if (provider) {
      const missing = missingForProvider(provider);
      if (missing) throw new Error(missing);
      registerOnnxBackend(backend, provider);
    }
    if (device === "wasm") addCpuKernels(backend);
    if (await tf.setBackend(backend)) return null;
    throw new Error("its backend did not initialise");
  } catch (cause) {
    if (before) await tf.setBackend(before);
    const reason = describe(cause, packageName);
    return new ConfigError(
      `The device "${device}" does not load here: ${reason}. ${advice} Or let SPTLAB_DEVICE=auto choose.`,
      { device, reason, advice },
      { cause },
    );
  }
}

/** Why a device did not load, in one line. */
function describe(cause: unknown, packageName: string | undefined): string {
  const { message, code } = cause as { readonly message?: string; readonly code?: string };
  const [line = "an unknown error"] = (message ?? String(cause)).trim().split("\n");
  const isAbsent =
    /MODULE_NOT_FOUND$/.test(code ?? "") && packageName !== undefined && line.includes(`'${packageName}'`);
  if (isAbsent) return `the package ${packageName} is not installed`;
  const adapter = /Failed to get a WebGPU adapter.*/.exec(line);
  return (adapter?.[0] ?? line).replace(/[.\s]+$/, "");
}

/** tfjs's cpu backend advises Node users, at its first write, to install another package; the engine has made that choice. */
function silenceCpuAdvice(): void {
  (tf.findBackend("cpu") as tf.KernelBackend & { firstUse?: boolean }).firstUse = false;
}
