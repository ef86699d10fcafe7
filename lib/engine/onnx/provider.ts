/** onnxruntime's execution providers, and what this machine lacks for one: found beforehand, since onnxruntime tells stderr. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What onnxruntime computes on. */
export type Provider = "cpu" | "cuda" | "webgpu";

/**
 * What a provider needs and does not find here.
 *
 * @returns  null when all is there that can be seen without it; its first session may still fail
 */
export function missingForProvider(provider: Provider): string | null {
  if (provider === "cuda" && !existsSync(cudaLibrary())) return "onnxruntime-node came without its CUDA library";
  if (provider === "webgpu" && process.platform === "linux" && !isLoadable("libvulkan.so.1")) {
    return "the Vulkan loader libvulkan.so.1 is not installed";
  }
  return null;
}

/** Whether the system shows a graphics card. Without one, a WebGPU adapter is the CPU in disguise, slower than the CPU. */
export function hasGraphicsCard(): boolean {
  return process.platform !== "linux" || ["/dev/dri", "/dev/nvidia0", "/dev/dxg"].some((path) => existsSync(path));
}

function cudaLibrary(): string {
  const main = createRequire(import.meta.url).resolve("onnxruntime-node");
  const name = process.platform === "win32" ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
  return join(dirname(main), "..", "bin", "napi-v6", process.platform, process.arch, name);
}

/** Whether the dynamic loader finds a library. One that is found is refused all the same: it is no Node add-on. */
function isLoadable(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (error) {
    return !/cannot open shared object file/.test(String(error));
  }
}
