/** Traces a function of tensors once per input signature and replays it without per-operation JavaScript. */

import * as tf from "@tensorflow/tfjs";
import { ConfigError } from "../errors.js";
import { OnnxBackend } from "./onnx/backend.js";
import { ownResults, replay, type Trace, traceFunction } from "./onnx/trace.js";

/** Named tensors, as inputs and outputs of a traced function. */
export type TensorMap = Readonly<Record<string, tf.Tensor>>;

/** A traced function. Call it with the same names and dtypes every time; each new set of shapes is traced once. */
export interface Jitted<I extends TensorMap, O extends TensorMap> {
  /** Runs one step. Inputs stay the caller's to dispose; so are the outputs. Variables that the function assigned hold their new values. */
  (inputs: I): Promise<O>;
  /** Frees the traces and what was compiled from them. */
  dispose(): void;
}

/**
 * Compiles `fn`, which records tfjs operations on its inputs and on any tensor or variable it closes over.
 * Closed-over tensors are read anew at each call (a variable's current value); `variable.assign` is written back.
 * Inside, values cannot be read (`dataSync`, `print`), and every random choice must come in as an input.
 * On a device that computes eagerly, `fn` runs as it is, inside `tf.tidy`.
 *
 * The event loop runs between the call and the computation, so that a training loop leaves room for messages.
 *
 * @throws ConfigError  when `fn` reads a value, creates a variable, calls another traced function, or does not return tensors by name
 */
export function jit<I extends TensorMap, O extends TensorMap>(fn: (inputs: I) => O): Jitted<I, O> {
  const traces = new Map<string, Trace>();
  const step = async (inputs: I): Promise<O> => {
    await new Promise((resolve) => setImmediate(resolve));
    const backend = tf.backend();
    if (!(backend instanceof OnnxBackend)) return tf.tidy(() => ownResults(fn(inputs)) as tf.TensorContainer) as O;
    const key = Object.entries(inputs)
      .map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape}]`)
      .join(";");
    let trace = traces.get(key);
    if (!trace) {
      trace = traceFunction(backend, fn, inputs);
      traces.set(key, trace);
    }
    return replay(backend, trace, inputs) as O;
  };
  const run = (inputs: I): Promise<O> => {
    const backend = tf.backend();
    if (backend instanceof OnnxBackend && backend.traceError)
      throw new ConfigError("jit cannot be called inside a traced function. Call the inner function directly.");
    return step(inputs);
  };
  const dispose = (): void => {
    const backend = tf.backend();
    if (backend instanceof OnnxBackend) for (const { program } of traces.values()) backend.sessions.release(program);
    traces.clear();
  };
  return Object.assign(run, { dispose });
}
