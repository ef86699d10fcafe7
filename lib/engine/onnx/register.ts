/** Registers onnxruntime with tfjs as a backend: our kernels, and tfjs's cpu kernels for whatever has none. */

import * as tf from "@tensorflow/tfjs";
import { OnnxBackend } from "./backend.js";
import { recording, Value } from "./graph.js";
import { elementwiseKernels } from "./kernels/elementwise.js";
import { fusedKernels } from "./kernels/fused.js";
import type { Kernel, KernelTable } from "./kernels/kernel.js";
import { layoutKernels } from "./kernels/layout.js";
import { matrixKernels } from "./kernels/matrix.js";
import { reduceKernels } from "./kernels/reduce.js";
import type { Provider } from "./provider.js";

/** Every kernel that is recorded as ONNX operators, by tfjs name. */
const onnxKernels: KernelTable = {
  ...elementwiseKernels,
  ...reduceKernels,
  ...matrixKernels,
  ...layoutKernels,
  ...fusedKernels,
};

/**
 * Makes a provider of onnxruntime a tfjs backend; a second call does nothing.
 *
 * @param backendName  its name with tfjs
 * @throws Error  when onnxruntime does not load here
 */
export function registerOnnxBackend(backendName: string, provider: Provider): void {
  if (tf.engine().registryFactory[backendName]) return;
  const backend = new OnnxBackend(provider);
  tf.registerBackend(backendName, () => backend, 0);
  for (const [kernelName, kernel] of Object.entries(onnxKernels)) {
    tf.registerKernel({ kernelName, backendName, kernelFunc: recordWith(kernelName, kernel) });
  }
  addCpuKernels(backendName);
}

/** Gives a backend tfjs's cpu kernels where it has none: tfjs-wasm lacks the gradient of tf.gather. */
export function addCpuKernels(backendName: string): void {
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend("cpu")) {
    if (tf.getKernel(kernelName, backendName)) continue;
    tf.registerKernel({ kernelName, backendName, kernelFunc: computeOnCpu(kernelName, kernelFunc) });
  }
}

function recordWith(kernelName: string, kernel: Kernel): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const onnx = backend as OnnxBackend;
    const tensors = inputs as Record<string, tf.TensorInfo>;
    const scope = tf.engine().state.activeScope?.name ?? "";
    recording.scope = scope ? `${scope}/${kernelName}` : kernelName;
    const value = (name: string): Value => {
      const tensor = tensors[name];
      if (!tensor) throw new Error(`${kernelName} needs an input "${name}"; got ${Object.keys(tensors).join(", ")}.`);
      return onnx.valueFor(tensor);
    };
    const result = kernel({ backend: onnx, inputs: tensors, attrs: attrs ?? {}, value });
    if (Array.isArray(result)) return result.map((item) => onnx.output(item));
    return result instanceof Value ? onnx.output(result) : result;
  };
}

/** Runs tfjs's cpu kernel on computed inputs: right but not traceable. */
function computeOnCpu(kernelName: string, kernelFunc: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const device = backend as tf.KernelBackend & Partial<Pick<OnnxBackend, "traceError">>;
    if (device.traceError) {
      throw new Error(
        `The operation ${kernelName} has no onnx kernel, so it cannot run inside jit. ` +
          `Compute it outside the traced function and pass the result in, or use the "cpu" device (SPTLAB_DEVICE=cpu).`,
      );
    }
    const cpu = tf.findBackend("cpu");
    const move = (tensor: tf.TensorInfo): tf.TensorInfo => {
      const dataId = cpu.write(device.readSync(tensor.dataId), tensor.shape, tensor.dtype);
      return { dataId, shape: tensor.shape, dtype: tensor.dtype };
    };
    const moved = Object.fromEntries(
      Object.entries(inputs as Record<string, tf.TensorInfo | undefined>).flatMap(([name, tensor]) =>
        tensor ? [[name, move(tensor)]] : [],
      ),
    );
    const named = (Array.isArray(inputs) ? Object.values(moved) : moved) as tf.NamedTensorInfoMap; // a list for Einsum
    const result = kernelFunc({ inputs: named, attrs: attrs ?? {}, backend: cpu });
    const back = (tensor: tf.TensorInfo): tf.TensorInfo => {
      const dataId = device.write(cpu.readSync(tensor.dataId), tensor.shape, tensor.dtype);
      cpu.disposeData(tensor.dataId, true);
      return { dataId, shape: tensor.shape, dtype: tensor.dtype };
    };
    const outputs = Array.isArray(result) ? result.map(back) : back(result);
    for (const tensor of Object.values(moved))
      if (cpu.refCount(tensor.dataId) > 0) cpu.disposeData(tensor.dataId, true);
    return outputs;
  };
}
