import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Device, useDevice } from "../../../lib/engine/index.js";
import { missingForProvider } from "../../../lib/engine/onnx/provider.js";
import { ConfigError } from "../../../lib/errors.js";

vi.mock("../../../lib/engine/onnx/provider.js", { spy: true });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "device-test-"));
  vi.stubEnv("SPTLAB_DEVICE", undefined);
  vi.mocked(missingForProvider).mockImplementation((provider) =>
    provider === "cpu" ? null : `no ${provider} in tests`,
  );
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  for (const name of ["tensorflow", "wasm"]) if (tf.findBackendFactory(name)) tf.removeBackend(name);
});

/** Writes a package into the folder. */
function writePackage(name: string, source: string): void {
  const path = join(folder, "node_modules", name, "index.cjs");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(join(dirname(path), "package.json"), JSON.stringify({ name, main: "index.cjs" }));
  writeFileSync(path, source);
}

/** Imports one of the folder's packages, as if the library were installed there. */
async function importFromFolder(name: string): Promise<unknown> {
  return createRequire(join(folder, "index.js"))(name);
}

/** What the package of a device does when it loads, with tfjs's cpu kernels. */
const registers = (backend: string, without = "") => `
  const tf = require(${JSON.stringify(createRequire(import.meta.url).resolve("@tensorflow/tfjs"))});
  for (const kernel of tf.getKernelsForBackend("cpu")) {
    if (kernel.kernelName === "${without}" || tf.getKernel(kernel.kernelName, "${backend}")) continue;
    tf.registerKernel({ ...kernel, backendName: "${backend}" });
  }
  tf.registerBackend("${backend}", () => Object.assign(new (tf.findBackend("cpu").constructor)(), { firstUse: false }), 3);
  tf.setBackend("${backend}");
`;
/** What tfjs-node does when npm did not run its scripts, or their download failed. */
const hasNoAddon = `throw new Error(
  "The Node.js native addon module (tfjs_binding.node) can not be found at path: /x/tfjs_binding.node. \\nPlease run command 'npm rebuild'");`;

const sum = async (): Promise<number[]> => Array.from(await tf.tidy(() => tf.add([1, 2], 3)).data());

describe("the automatic device", () => {
  it("is tensorflow-gpu where its package loads", async () => {
    writePackage("@tensorflow/tfjs-node-gpu", registers("tensorflow"));
    expect(await useDevice("auto", importFromFolder)).toBe("tensorflow-gpu");
    expect(tf.getBackend()).toBe("tensorflow");
    expect(await sum()).toEqual([4, 5]);
  });

  it("is onnx where that package is absent", async () => {
    expect(await useDevice("auto", importFromFolder)).toBe("onnx");
    expect(await sum()).toEqual([4, 5]);
  });

  it("is onnx where that package came without its add-on", async () => {
    writePackage("@tensorflow/tfjs-node-gpu", hasNoAddon);
    expect(await useDevice("auto", importFromFolder)).toBe("onnx");
  });

  it("is what SPTLAB_DEVICE names, and tensorflow only then", async () => {
    writePackage("@tensorflow/tfjs-node", registers("tensorflow"));
    expect(await useDevice("auto", importFromFolder)).toBe("onnx");
    vi.stubEnv("SPTLAB_DEVICE", "tensorflow");
    expect(await useDevice("auto", importFromFolder)).toBe("tensorflow");
    vi.stubEnv("SPTLAB_DEVICE", "cpu");
    expect(await useDevice("auto", importFromFolder)).toBe("cpu");
    expect(tf.getBackend()).toBe("cpu");
  });

  it("prefers an argument to SPTLAB_DEVICE, and takes an empty SPTLAB_DEVICE for none", async () => {
    vi.stubEnv("SPTLAB_DEVICE", "cpu");
    expect(await useDevice("onnx")).toBe("onnx");
    vi.stubEnv("SPTLAB_DEVICE", "");
    expect(await useDevice("auto", importFromFolder)).toBe("onnx");
  });
});

describe("a device that is named", () => {
  const refusal = async (device: Device): Promise<ConfigError> => {
    const error = await useDevice(device, importFromFolder).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  };

  it("is refused with all names when there is none of that name", async () => {
    vi.stubEnv("SPTLAB_DEVICE", "gpu");
    await expect(useDevice()).rejects.toThrow(
      'SPTLAB_DEVICE must be auto or one of tensorflow-gpu, tensorflow, cuda, webgpu, onnx, wasm, cpu; got "gpu".',
    );
    await expect(useDevice("tpu" as Device)).rejects.toThrow(/^The device must be auto or one of .*; got "tpu"/);
  });

  it("says which package is absent and how to get it", async () => {
    const { message } = await refusal("tensorflow-gpu");
    expect(message).toContain("the package @tensorflow/tfjs-node-gpu is not installed. Install");
  });

  it("says why a package that is there does not load", async () => {
    writePackage("@tensorflow/tfjs-node", hasNoAddon);
    expect((await refusal("tensorflow")).message).toContain("(tfjs_binding.node) can not be found at path");
    writePackage("@tensorflow/tfjs-backend-wasm", "");
    expect((await refusal("wasm")).message).toContain("Backend name 'wasm' not found in registry");
  });

  it("gets the cpu's kernels where wasm has none", async () => {
    writePackage("@tensorflow/tfjs-backend-wasm", registers("wasm", "UnsortedSegmentSum"));
    expect(await useDevice("wasm", importFromFolder)).toBe("wasm");
    const gradient = tf.grad((x) => tf.gather(x, [0, 2, 0]).square().sum())(tf.tensor1d([1, 2, 3]));
    expect(Array.from(await gradient.data())).toEqual([4, 0, 6]);
  });

  it("leaves the device in use when it does not load", async () => {
    await useDevice("cpu");
    await refusal("tensorflow-gpu");
    expect(tf.getBackend()).toBe("cpu");
  });

  it("says what onnxruntime lacks for a provider", async () => {
    expect((await refusal("cuda")).message).toMatch(/: no cuda in tests\. .*ONNXRUNTIME_NODE_INSTALL=cuda12/);
    expect((await refusal("webgpu")).message).toMatch(/: no webgpu in tests\. .*Vulkan/);
  });
});
