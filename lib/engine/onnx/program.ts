/** A graph made ready to run: operators in order, what must be fed, and the ONNX model of it. */

import { type Attribute, ONNX_TYPE, type Op, type Value } from "./graph.js";
import { ProtoWriter } from "./protobuf.js";

/** The operators that compute `outputs`, each after its inputs. */
export interface Program {
  readonly ops: readonly Op[];
  /** Values fed at each run, named `i0`, `i1`, … */
  readonly leaves: readonly Value[];
  /** Values computed, named `o0`, `o1`, … */
  readonly outputs: readonly Value[];
  /** Equal for equal structure, shapes and inline constants: the key of a compiled session. */
  readonly signature: string;
}

/**
 * Walks back from `outputs`. A value that has data, or that `isLeaf` claims, is fed instead of computed.
 */
export function buildProgram(outputs: readonly Value[], isLeaf: (value: Value) => boolean = () => false): Program {
  const ops: Op[] = [];
  const leaves: Value[] = [];
  const names = new Map<Op | Value, string>();
  const signature: string[] = [];

  const place = (value: Value): void => {
    if (value.isInline || names.has(value)) return;
    names.set(value, `i${leaves.length}`);
    leaves.push(value);
    signature.push(`${value.dtype}[${value.shape}]`);
  };
  const reference = (value: Value): string => {
    if (value.isInline) return `${value.dtype}(${value.data})[${value.shape}]`;
    if (value.op && !isLeaf(value)) return `${names.get(value.op)}.${value.outputIndex}`;
    return names.get(value) ?? "";
  };
  const visit = (root: Value): void => {
    const stack: { readonly value: Value; next: number }[] = [{ value: root, next: 0 }];
    while (stack.length > 0) {
      const frame = stack[stack.length - 1];
      if (!frame) break;
      const { value } = frame;
      const op = isLeaf(value) ? null : value.op;
      if (!op) {
        place(value);
        stack.pop();
      } else if (names.has(op)) {
        stack.pop();
      } else {
        const input = op.inputs[frame.next++];
        if (input) {
          stack.push({ value: input, next: 0 });
        } else {
          names.set(op, `n${ops.length}`);
          ops.push(op);
          const attributes = Object.keys(op.attributes).length > 0 ? JSON.stringify(op.attributes) : "";
          signature.push(`${op.type}${attributes}(${op.inputs.map(reference).join(" ")})`);
          stack.pop();
        }
      }
    }
  };
  for (const output of outputs) visit(output);
  signature.push(`->${outputs.map((output) => `${output.dtype}[${output.shape}]:${reference(output)}`).join(" ")}`);
  return { ops, leaves, outputs, signature: signature.join(";") };
}

const IR_VERSION = 10;
const OPSET = 21; // onnxruntime's fusions know its operators; only BitCast needs more
const BIT_CAST_OPSET = 26;

/** The ONNX ModelProto of a program. */
export function encodeModel(program: Program): Uint8Array {
  const names = new Map<Op, string>();
  const leafNames = new Map<Value, string>(program.leaves.map((leaf, index) => [leaf, `i${index}`]));
  const constants = new Map<string, Value>();
  const nameOf = (value: Value): string => {
    const leaf = leafNames.get(value);
    if (leaf !== undefined) return leaf;
    if (value.isInline) {
      const name = `c:${value.dtype}[${value.shape}]${value.data}`;
      constants.set(name, value);
      return name;
    }
    return `${value.op && names.get(value.op)}.${value.outputIndex}`;
  };
  const model = new ProtoWriter().integer(1, IR_VERSION).bytes(2, "sptlab");
  model.message(7, (graph) => {
    program.ops.forEach((op, index) => {
      names.set(op, `n${index}`);
      graph.message(1, (node) => {
        for (const input of op.inputs) node.bytes(1, nameOf(input));
        for (let output = 0; output < op.outputCount; output++) node.bytes(2, `n${index}.${output}`);
        node.bytes(3, `${index} ${op.scope}`).bytes(4, op.type);
        for (const [name, value] of Object.entries(op.attributes)) {
          node.message(5, (attribute) => writeAttribute(attribute, name, value));
        }
        if (op.domain) node.bytes(7, op.domain);
      });
    });
    program.outputs.forEach((output, index) => {
      graph.message(1, (node) => node.bytes(1, nameOf(output)).bytes(2, `o${index}`).bytes(4, "Identity"));
    });
    graph.bytes(2, "sptlab");
    for (const [name, value] of constants) graph.message(5, (tensor) => writeTensor(tensor, name, value));
    program.leaves.forEach((leaf, index) => {
      graph.message(11, (info) => writeValueInfo(info, `i${index}`, leaf));
    });
    program.outputs.forEach((output, index) => {
      graph.message(12, (info) => writeValueInfo(info, `o${index}`, output));
    });
  });
  const hasBitCast = program.ops.some(({ type }) => type === "BitCast");
  model.message(8, (opset) => opset.bytes(1, "").integer(2, hasBitCast ? BIT_CAST_OPSET : OPSET));
  model.message(8, (opset) => opset.bytes(1, "com.microsoft").integer(2, 1));
  return model.finish();
}

function writeAttribute(message: ProtoWriter, name: string, value: Attribute): void {
  message.bytes(1, name);
  if (typeof value === "number") message.integer(3, value).integer(20, 2);
  else if (typeof value === "string") message.bytes(4, value).integer(20, 3);
  else if ("float" in value) message.float(2, value.float).integer(20, 1);
  else {
    for (const item of value) message.integer(8, item);
    message.integer(20, 7);
  }
}

function writeTensor(message: ProtoWriter, name: string, value: Value): void {
  for (const size of value.shape) message.integer(1, size);
  message.integer(2, ONNX_TYPE[value.dtype]).bytes(8, name);
  const { data } = value;
  if (data) message.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo(message: ProtoWriter, name: string, value: Value): void {
  message.bytes(1, name).message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.integer(1, ONNX_TYPE[value.dtype]).message(2, (shape) => {
        for (const size of value.shape) shape.message(1, (dimension) => dimension.integer(1, size));
      });
    });
  });
}
