/** The lazy tfjs backend: kernels record operators; reading a tensor compiles and runs what is pending. */

import * as tf from "@tensorflow/tfjs";
import { toData } from "./dtype.js";
import type { FrozenValue } from "./frozenValue.js";
import { filled, Value } from "./graph.js";
import { buildProgram } from "./program.js";
import type { Provider } from "./provider.js";
import { SessionPool } from "./session.js";

type Strings = Uint8Array[];
interface Entry {
  value: Value | FrozenValue | Strings;
  references: number;
}

/** Above this many recorded values the backend computes, so that a loop that reads nothing stays bounded. */
const PENDING_LIMIT = 4000;

/** A tfjs backend on onnxruntime. Read `valueFor` and `output` first: every kernel is written with these two. */
export class OnnxBackend extends tf.KernelBackend {
  private readonly entries: tf.DataStorage<Entry>;
  private readonly pending = new Map<object, Value>();
  private recorded = 0;
  /** What a trace in progress calls reading a value; null when none is. */
  traceError: (() => Error) | null = null;
  readonly sessions: SessionPool;

  /** @throws Error when onnxruntime-node has no binary for this platform, or the provider no device to compute on */
  constructor(provider: Provider = "cpu") {
    super();
    this.sessions = new SessionPool(provider);
    const engine = tf.engine();
    this.entries = new tf.DataStorage<Entry>(this, {
      moveData: (backend, dataId) => {
        if (!engine.state.tensorInfo.has(dataId)) {
          throw new Error(
            "A tensor or variable that is used here has been disposed. " +
              "What a function under jit closes over must live as long as the function is called.",
          );
        }
        engine.moveData(backend, dataId);
      },
    });
  }

  /** The graph value of a tensor, in the tensor's shape. */
  valueFor(tensor: tf.TensorInfo): Value {
    const { value } = this.entries.get(tensor.dataId);
    if (isFrozen(value)) return value.widen().reshape(tensor.shape);
    if (!(value instanceof Value)) {
      throw new Error(`The onnx device does not compute on strings; got a string tensor of shape [${tensor.shape}].`);
    }
    return value.reshape(tensor.shape);
  }

  /** The value behind a tensor's data id, whatever shape the tensor gives it. */
  storedValue(dataId: object): Value | null {
    const { value } = this.entries.get(dataId);
    return value instanceof Value ? value : null;
  }

  /** A tensor that holds `value`. */
  output(value: Value): tf.TensorInfo {
    const dataId = {};
    this.store(dataId, value);
    if (++this.recorded > PENDING_LIMIT && !this.traceError) this.flush();
    return { dataId, shape: [...value.shape], dtype: value.dtype as tf.DataType };
  }

  /** A float32 tensor that is held in fewer bytes. */
  hold(value: FrozenValue): tf.TensorInfo {
    const dataId = {};
    this.entries.set(dataId, { value, references: 1 });
    return { dataId, shape: [...value.shape], dtype: "float32" };
  }

  /** What a tensor is held as in place of float32 entries; null when it is not. */
  frozenValue(dataId: object): FrozenValue | null {
    const { value } = this.entries.get(dataId);
    return isFrozen(value) ? value : null;
  }

  /** Bytes of memory that a tensor's entries take; 0 while they are still to be computed. */
  heldBytes(dataId: object): number {
    const { value } = this.entries.get(dataId);
    if (isFrozen(value)) return value.byteLength;
    return value instanceof Value ? (value.data?.byteLength ?? 0) : value.reduce((sum, { length }) => sum + length, 0);
  }

  /** The same data under another shape: what Reshape and Identity return. */
  alias(tensor: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
  }

  /** Computes every tensor that is still pending. */
  flush(): void {
    this.recorded = 0;
    const values = [...new Set(this.pending.values())];
    this.pending.clear();
    this.compute(values.filter((value) => value.op !== null));
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: object, values: tf.BackendValues, shape: number[], dtype: tf.DataType, refCount: number): void {
    if (dtype === "string") {
      this.entries.set(dataId, { value: values as Strings, references: refCount });
      return;
    }
    if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
      throw new Error(`The onnx device holds float32, int32 and bool tensors; got ${dtype}. Compute on "cpu" instead.`);
    }
    const data = toData(values as ArrayLike<number>, dtype);
    const uniform = this.traceError ? uniformEntry(data as ArrayLike<number>) : undefined;
    const value = uniform === undefined ? new Value(dtype, [...shape], data) : filled(uniform, dtype, shape);
    this.entries.set(dataId, { value, references: refCount });
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override readSync(dataId: object): tf.BackendValues {
    const { value } = this.entries.get(dataId);
    if (isFrozen(value)) return value.read();
    if (!(value instanceof Value)) return value;
    if (value.data === null) {
      if (this.traceError) throw this.traceError();
      this.pending.set(dataId, value);
      this.flush();
    }
    return value.data as unknown as tf.BackendValues;
  }

  override refCount(dataId: object): number {
    return this.entries.has(dataId) ? this.entries.get(dataId).references : 0;
  }

  override incRef(dataId: object): void {
    this.entries.get(dataId).references++;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.entries.has(dataId)) return true;
    const entry = this.entries.get(dataId);
    entry.references--;
    if (!force && entry.references > 0) return false;
    this.entries.delete(dataId);
    this.pending.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.entries.numDataIds();
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: true, reasons: ["A tensor that is not computed yet counts with its full size."] };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(run: () => void): Promise<tf.BackendTimingInfo> {
    const start = performance.now();
    run();
    this.flush();
    return { kernelMs: performance.now() - start, getExtraProfileInfo: () => "" };
  }

  override dispose(): void {
    this.sessions.dispose();
  }

  private store(dataId: object, value: Value): void {
    this.entries.set(dataId, { value, references: 1 });
    if (value.op && !this.traceError) this.pending.set(dataId, value);
  }

  private compute(values: readonly Value[]): void {
    if (values.length === 0) return;
    const program = buildProgram(values);
    const results = this.sessions.run(program, program.leaves);
    program.outputs.forEach((value, index) => {
      const data = results[index];
      if (data) value.settle(data);
    });
  }
}

function isFrozen(value: Entry["value"]): value is FrozenValue {
  return !Array.isArray(value) && !(value instanceof Value);
}

/** The number that all entries equal, of arrays longer than one; a scalar always has one. */
function uniformEntry(data: ArrayLike<number>): number | undefined {
  const first = data[0];
  if (first === undefined || !Number.isFinite(first)) return undefined;
  for (let index = 1; index < data.length; index++) if (data[index] !== first) return undefined;
  return first;
}
