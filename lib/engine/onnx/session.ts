/** Runs programs on onnxruntime; sessions are kept by program signature, the least recently used go first. */

import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { InferenceSession, OnnxValue } from "onnxruntime-common";
import type { Data } from "./dtype.js";
import { Value } from "./graph.js";
import { buildProgram, encodeModel, type Program } from "./program.js";
import type { Provider } from "./provider.js";
import { threadCount } from "./threads.js";

/** onnxruntime's binding, whose `run` is synchronous; the package only exports a promise around it. Pinned version. */
interface NativeSession {
  loadModel(
    buffer: ArrayBufferLike,
    byteOffset: number,
    byteLength: number,
    options: InferenceSession.SessionOptions,
  ): void;
  run(feeds: Record<string, OnnxValue>, fetches: Record<string, null>, options: object): Record<string, OnnxValue>;
  dispose(): void;
}
interface NativeBinding {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  initOrt(): void;
}
type TensorConstructor = new (type: string, data: Data, dims: readonly number[]) => OnnxValue & { readonly data: Data };

/** onnxruntime with a bounded set of compiled sessions. */
export class SessionPool {
  private readonly sessions = new Map<string, NativeSession>();
  private readonly binding: NativeBinding;
  private readonly tensorType: TensorConstructor;
  private readonly inputs = new WeakMap<Value, OnnxValue>();

  /** @throws Error when onnxruntime-node has no binary for this platform, or the provider no device to compute on */
  constructor(
    private readonly provider: Provider = "cpu",
    private readonly limit = 24,
  ) {
    process.env.ORT_DISABLE_TELEMETRY ??= "1"; // else it keeps a device id and events in the user's cache folder
    const require = createRequire(import.meta.url);
    const ort = createRequire(require.resolve("onnxruntime-node"));
    this.binding = ort("./binding.js") as NativeBinding;
    this.tensorType = (ort("onnxruntime-common") as { Tensor: TensorConstructor }).Tensor;
    this.binding.initOrt();
    if (provider === "cpu") return;
    const identity = buildProgram([new Value("float32", [1], new Float32Array(1))]);
    this.session(identity);
    this.release(identity);
  }

  /** Computes the outputs of a program from the data of `feeds`, one per leaf. */
  run(program: Program, feeds: readonly Value[]): Data[] {
    const session = this.session(program);
    const inputs: Record<string, OnnxValue> = {};
    feeds.forEach((value, index) => {
      inputs[`i${index}`] = this.input(value);
    });
    const fetches: Record<string, null> = {};
    program.outputs.forEach((_, index) => {
      fetches[`o${index}`] = null;
    });
    const outputs = session.run(inputs, fetches, {});
    return program.outputs.map((_, index) => (outputs[`o${index}`] as unknown as { data: Data }).data);
  }

  /** Frees the compiled session of a program; it is compiled anew should the program run again. */
  release(program: Program): void {
    const key = sessionKey(program);
    this.sessions.get(key)?.dispose();
    this.sessions.delete(key);
  }

  /** Number of compiled sessions held. */
  get size(): number {
    return this.sessions.size;
  }

  dispose(): void {
    for (const session of this.sessions.values()) session.dispose();
    this.sessions.clear();
  }

  private session(program: Program): NativeSession {
    const key = sessionKey(program);
    let session = this.sessions.get(key);
    if (session) {
      this.sessions.delete(key);
    } else {
      session = new this.binding.binding.InferenceSession();
      const model = encodeModel(program);
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
        intraOpNumThreads: threadCount(),
        interOpNumThreads: 1,
        enableMemPattern: false,
        executionProviders: this.provider === "cpu" ? ["cpu"] : [this.provider, "cpu"], // the CPU takes what the other lacks
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        extra: { session: { intra_op: { allow_spinning: "0" } } },
      });
    }
    this.sessions.set(key, session);
    for (const [oldest, old] of this.sessions) {
      if (this.sessions.size <= this.limit) break;
      this.sessions.delete(oldest);
      old.dispose();
    }
    return session;
  }

  private input(value: Value): OnnxValue {
    let input = this.inputs.get(value);
    if (!input) {
      input = new this.tensorType(value.dtype, value.data as Data, value.shape);
      this.inputs.set(value, input);
    }
    return input;
  }
}

const keys = new WeakMap<Program, string>();

function sessionKey(program: Program): string {
  let key = keys.get(program);
  if (key === undefined) {
    key = createHash("sha1").update(program.signature).digest("hex");
    keys.set(program, key);
  }
  return key;
}
