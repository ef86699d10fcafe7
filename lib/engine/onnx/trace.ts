/** `jit` on the onnx device: one trace per input signature, then one onnxruntime call per step. */

import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../../errors.js";
import type { TensorMap } from "../jit.js";
import type { OnnxBackend } from "./backend.js";
import { Value } from "./graph.js";
import { buildProgram, type Program } from "./program.js";

/** Where a replay takes the data of a leaf from. */
type Source = { readonly input: string } | { readonly variable: tf.Variable } | { readonly value: Value };

/** A traced function, ready to run on new inputs of the same shapes. */
export interface Trace {
  readonly program: Program;
  readonly sources: readonly Source[];
  /** What the function returned, by name, as positions in the program's outputs. */
  readonly results: Readonly<Record<string, number>>;
  /** Variables that the function assigned, in the order of the program's outputs after the results. */
  readonly written: readonly tf.Variable[];
}

/** Records what `fn` does with tensors of the inputs' shapes; its effects on variables are undone. */
export function traceFunction<O extends TensorMap>(
  backend: OnnxBackend,
  fn: (inputs: never) => O,
  inputs: TensorMap,
): Trace {
  backend.flush();
  const variables = Object.values(tf.engine().state.registeredVariables);
  const saved = variables.map((variable) => separate(backend, variable));
  const variableOf = new Map(variables.map((variable) => [backend.storedValue(variable.dataId), variable]));
  const start = Value.nextId();
  backend.traceError = () =>
    new ConfigError(
      "A tensor's values cannot be read inside a function under jit: they do not exist while it is traced. " +
        "Return the tensor and read it from the result.",
    );
  const placeholders: Record<string, tf.Tensor> = {};
  let outputs: O | undefined;
  try {
    const inputOf = new Map<Value, string>();
    for (const [name, tensor] of Object.entries(inputs)) {
      const value = new Value(tensor.dtype as "float32", [...tensor.shape], EMPTY);
      placeholders[name] = tf.engine().makeTensorFromTensorInfo(backend.output(value));
      inputOf.set(value, name);
    }
    outputs = tf.tidy(() => ownResults(fn(placeholders as never)) as tf.TensorContainer) as O;
    const after = Object.values(tf.engine().state.registeredVariables);
    const created = after.find((variable) => !variables.includes(variable));
    if (created) {
      throw new ConfigError(
        `A function under jit must not create variables; it created "${created.name}". Create it before.`,
      );
    }
    const written = variables.filter((variable, index) => variable.dataId !== saved[index]?.dataId);
    const names = Object.keys(outputs);
    const values = [
      ...names.map((name) => backend.valueFor((outputs as O)[name] as tf.Tensor)),
      ...written.map((variable) => backend.valueFor(variable)),
    ];
    const program = buildProgram(values, (value) => value.id < start && value.data !== null);
    const sources = program.leaves.map((value): Source => {
      const input = inputOf.get(value);
      if (input !== undefined) return { input };
      const variable = variableOf.get(value);
      return variable ? { variable } : { value };
    });
    return { program, sources, results: Object.fromEntries(names.map((name, index) => [name, index])), written };
  } finally {
    backend.traceError = null;
    for (const tensor of [...Object.values(placeholders), ...Object.values(outputs ?? {})]) tensor.dispose();
    variables.forEach((variable, index) => {
      const original = saved[index];
      if (!original) return;
      if (!variable.isDisposed && variable.dataId !== original.dataId) variable.assign(original);
      original.dispose();
    });
    for (const variable of Object.values(tf.engine().state.registeredVariables))
      if (!variables.includes(variable)) variable.dispose();
  }
}

/**
 * Handles of the caller's own on what a function under jit returned, which may be an input or a variable itself.
 *
 * @throws ConfigError  when that is not tensors by name
 */
export function ownResults<O extends TensorMap>(returned: O): O {
  const entries = Object.entries(returned ?? { nothing: undefined });
  if (returned instanceof Promise || !entries.every(([, tensor]) => tensor instanceof tf.Tensor)) {
    throw new ConfigError("A function under jit must return tensors by name, such as { loss }, and must not be async.");
  }
  return Object.fromEntries(entries.map(([name, tensor]) => [name, tensor.clone()])) as unknown as O;
}

/** Runs a trace: returns its results by name, and leaves the assigned variables with their new values. */
export function replay(backend: OnnxBackend, trace: Trace, inputs: TensorMap): Record<string, tf.Tensor> {
  backend.flush();
  const feeds = trace.sources.map((source, index) => {
    const leaf = trace.program.leaves[index] as Value;
    if ("value" in source) return source.value;
    const tensor = "input" in source ? inputs[source.input] : source.variable;
    if (!tensor)
      throw new ConfigError(
        `The traced function needs its input "${(source as { input: string }).input}"; it was not given.`,
      );
    const value = backend.valueFor(tensor);
    if (value.data !== null && value.op === null) return value;
    return new Value(leaf.dtype, leaf.shape, backend.readSync(tensor.dataId) as never);
  });
  const results = backend.sessions.run(trace.program, feeds);
  const tensorAt = (index: number): tf.Tensor => {
    const { dtype, shape } = trace.program.outputs[index] as Value;
    const value = new Value(dtype, shape, results[index] ?? null);
    return tf.engine().makeTensorFromTensorInfo(backend.output(value));
  };
  const names = Object.entries(trace.results);
  const tensors = Object.fromEntries(names.map(([name, index]) => [name, tensorAt(index)]));
  trace.written.forEach((variable, index) => {
    const tensor = tensorAt(names.length + index);
    variable.assign(tensor);
    tensor.dispose();
  });
  return tensors;
}

/** Data of a placeholder: marks it as a leaf, is never read. */
const EMPTY = new Float32Array(0);

/**
 * A handle on a variable's present data, under a value that stands for this variable alone: other tensors may share
 * the one it had, and what was known of its entries must not become part of a trace.
 */
function separate(backend: OnnxBackend, variable: tf.Variable): tf.Tensor {
  if (variable.dtype !== "string") {
    const data = backend.readSync(variable.dataId) as never;
    const own = backend.output(new Value(variable.dtype as "float32", [...variable.shape], data));
    const copy = tf.engine().makeTensorFromTensorInfo(own);
    variable.assign(copy);
    copy.dispose();
  }
  return variable.clone();
}
