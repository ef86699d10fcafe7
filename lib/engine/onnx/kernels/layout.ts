/** Kernels that move, copy, pick or create entries without computing on them. */

import * as tf from "@tensorflow/tfjs";
import { elementCount, toData } from "../dtype.js";
import { halfBits, widenBits } from "../frozenValue.js";
import { apply, applyMany, cast, constant, filled, int64, Value } from "../graph.js";
import { binary } from "./elementwise.js";
import { type Kernel, type KernelTable, positiveAxes } from "./kernel.js";

type NumberType = "float32" | "int32" | "bool";

/** A slice by start, exclusive end and stride on every axis. */
function slice(
  x: Value,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): Value {
  const axes = x.shape.map((_, axis) => axis);
  return apply("Slice", [x, int64(begin), int64(end), int64(axes), int64(strides)], x.dtype, shape);
}

/** The axes of `x` in the order of `perm`. */
export function transpose(x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis] ?? 1);
  return apply("Transpose", [x], x.dtype, shape, { attributes: { perm } });
}

/** Values along an axis, in the dtype of the first. */
function concat(mixed: readonly Value[], axis: number): Value {
  const [first] = mixed;
  if (!first) throw new Error("tf.concat needs at least one tensor; got none.");
  const values = mixed.map((value) => cast(value, first.dtype));
  const nonEmpty = values.filter((value) => value.size > 0);
  if (nonEmpty.length === 1 && nonEmpty[0]) return nonEmpty[0];
  const size = values.reduce((sum, value) => sum + (value.shape[axis] ?? 0), 0);
  const shape = first.shape.map((length, index) => (index === axis ? size : length));
  return apply("Concat", nonEmpty.length > 0 ? nonEmpty : values, first.dtype, shape, { attributes: { axis } });
}

const split: Kernel = ({ value, attrs }) => {
  const x = value("x");
  const [axis = 0] = positiveAxes(attrs.axis as number, x.shape.length);
  const length = x.shape[axis] ?? 1;
  const requested = attrs.numOrSizeSplits as number | number[];
  const sizes = typeof requested === "number" ? Array<number>(requested).fill(length / requested) : [...requested];
  const known = sizes.filter((size) => size >= 0).reduce((sum, size) => sum + size, 0);
  const filledIn = sizes.map((size) => (size < 0 ? length - known : size));
  const outputs = filledIn.map((size) => ({
    dtype: x.dtype,
    shape: x.shape.map((old, index) => (index === axis ? size : old)),
  }));
  return applyMany("Split", [x, int64(filledIn)], outputs, { axis });
};

const reverse: Kernel = ({ value, attrs }) => {
  const x = value("x");
  const axes = positiveAxes((attrs.dims ?? x.shape.map((_, axis) => axis)) as number[], x.shape.length);
  if (axes.length === 0) return x;
  const all = (number: number) => int64(axes.map(() => number));
  return apply("Slice", [x, all(-1), all(-(2 ** 31)), int64(axes), all(-1)], x.dtype, x.shape);
};

const gather: Kernel = ({ value, attrs }) => {
  const [x, indices] = [value("x"), cast(value("indices"), "int32")];
  const [axis = 0] = positiveAxes((attrs.axis ?? 0) as number, x.shape.length);
  const batchDims = Number(attrs.batchDims ?? 0);
  if (batchDims === 0) {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    const bits = halfBits(x);
    if (bits) return widenBits(apply("Gather", [bits, indices], bits.dtype, shape, { attributes: { axis } }));
    return apply("Gather", [x, indices], x.dtype, shape, { attributes: { axis } });
  }
  if (batchDims !== axis) {
    throw new Error(`tf.gather on the onnx device needs batchDims equal to axis; got ${batchDims} and ${axis}.`);
  }
  const batch = elementCount(x.shape.slice(0, axis));
  const length = x.shape[axis] ?? 1;
  const perBatch = elementCount(indices.shape.slice(axis));
  const offsets = new Value(
    "int32",
    [batch, 1],
    Int32Array.from({ length: batch }, (_, index) => index * length),
    null,
    0,
    true,
  );
  const rows = binary("Add", indices.reshape([batch, perBatch]), offsets);
  const flat = x.reshape([batch * length, ...x.shape.slice(axis + 1)]);
  const picked = apply("Gather", [flat, rows], x.dtype, [batch, perBatch, ...x.shape.slice(axis + 1)], {
    attributes: { axis: 0 },
  });
  return picked.reshape([...indices.shape, ...x.shape.slice(axis + 1)]);
};

const oneHot: Kernel = ({ value, attrs }) => {
  const given = cast(value("indices"), "int32");
  const indices = given.shape.length === 0 ? given.reshape([1]) : given; // onnxruntime takes no scalar here
  const depth = Number(attrs.depth);
  const dtype = (attrs.dtype ?? "int32") as NumberType;
  const negative = binary("Less", indices, constant(0, "int32"), "bool");
  const inside = apply("Where", [negative, constant(depth, "int32"), indices], "int32", indices.shape);
  const values = new Value(
    "float32",
    [2],
    Float32Array.of(Number(attrs.offValue), Number(attrs.onValue)),
    null,
    0,
    true,
  );
  const hot = apply("OneHot", [cast(inside, "int64"), int64([depth]), values], "float32", [...indices.shape, depth], {
    attributes: { axis: -1 },
  });
  return cast(hot, dtype).reshape([...given.shape, depth]);
};

const pad: Kernel = ({ value, attrs }) => {
  const x = value("x");
  const paddings = attrs.paddings as [number, number][];
  const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
  const widths = int64([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  if (x.shape.length === 0) return x;
  return apply("Pad", [x, widths, constant(Number(attrs.constantValue), x.dtype as NumberType)], x.dtype, shape);
};

/** Pads with mirrored entries; "reflect" leaves out the edge itself, "symmetric" repeats it. */
const mirrorPad: Kernel = ({ value, attrs }) => {
  const skipped = attrs.mode === "reflect" ? 1 : 0;
  return (attrs.paddings as [number, number][]).reduce((x, [before, after], axis) => {
    const size = x.shape[axis] ?? 1;
    const places = Array.from({ length: before + size + after }, (_, index) => {
      const place = index - before;
      if (place < 0) return skipped - 1 - place;
      return place < size ? place : 2 * size - 1 - skipped - place;
    });
    const shape = x.shape.map((old, index) => (index === axis ? places.length : old));
    return apply("Gather", [x, int64(places)], x.dtype, shape, { attributes: { axis } });
  }, value("x"));
};

/** Kernels of this file by tfjs name. */
export const layoutKernels: KernelTable = {
  BroadcastTo: ({ value, attrs }) => {
    const shape = attrs.shape as number[];
    return apply("Expand", [value("x"), int64(shape)], value("x").dtype, shape);
  },
  Concat: ({ inputs, value, attrs }) => {
    const values = Object.keys(inputs).map(value);
    const [axis = 0] = positiveAxes((attrs.axis ?? 0) as number, values[0]?.shape.length ?? 1);
    return concat(values, axis);
  },
  ExpandDims: ({ backend, inputs, attrs }) => {
    const input = inputs.input as tf.TensorInfo;
    const dim = Number(attrs.dim);
    const shape = [...input.shape];
    shape.splice(dim < 0 ? input.shape.length + 1 + dim : dim, 0, 1);
    return backend.alias(input, shape);
  },
  Fill: ({ attrs }) => {
    const dtype = (attrs.dtype ?? "float32") as NumberType;
    return filled(Number(attrs.value), dtype, attrs.shape as number[]);
  },
  GatherV2: gather,
  GatherNd: ({ value }) => {
    const [x, indices] = [value("params"), cast(value("indices"), "int64")];
    const depth = indices.shape[indices.shape.length - 1] ?? 0;
    const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
    return apply("GatherND", [x, indices], x.dtype, shape);
  },
  Identity: ({ backend, inputs }) => {
    const x = inputs.x as tf.TensorInfo;
    return backend.alias(x, x.shape);
  },
  LinSpace: ({ attrs }) => {
    const [start, stop, count] = [Number(attrs.start), Number(attrs.stop), Number(attrs.num)];
    const step = count > 1 ? (stop - start) / (count - 1) : 0;
    return new Value(
      "float32",
      [count],
      Float32Array.from({ length: count }, (_, index) => start + step * index),
    );
  },
  MirrorPad: mirrorPad,
  OneHot: oneHot,
  OnesLike: ({ value }) => filled(1, value("x").dtype as NumberType, value("x").shape),
  Pack: ({ inputs, value, attrs }) => {
    const values = Object.keys(inputs).map(value);
    const rank = values[0]?.shape.length ?? 0;
    const axis = Number(attrs.axis) < 0 ? Number(attrs.axis) + rank + 1 : Number(attrs.axis);
    return concat(
      values.map((item) => item.reshape([...item.shape.slice(0, axis), 1, ...item.shape.slice(axis)])),
      axis,
    );
  },
  PadV2: pad,
  Range: ({ attrs }) => {
    const { start, stop, dtype, ...given } = attrs as Record<"start" | "stop" | "step", number> & { dtype: NumberType };
    const step = stop < start && given.step === 1 ? -1 : given.step; // tfjs's default counts down too
    const count = Math.max(0, Math.ceil((stop - start) / step));
    const numbers = Array.from({ length: count }, (_, index) => start + index * step);
    return new Value(dtype, [count], toData(numbers, dtype));
  },
  Reshape: ({ backend, inputs, attrs }) => {
    const x = inputs.x as tf.TensorInfo;
    const wanted = attrs.shape as number[];
    const count = elementCount(x.shape);
    const shape = tf.util.inferFromImplicitShape(wanted, count);
    if (elementCount(shape) !== count) {
      throw new Error(`tf.reshape: [${x.shape}] has ${count} entries, which do not fill [${wanted}].`);
    }
    return backend.alias(x, shape);
  },
  Reverse: reverse,
  ScatterNd: ({ value, attrs }) => {
    const [indices, updates] = [cast(value("indices"), "int64"), value("updates")];
    const shape = attrs.shape as number[];
    const zeros = filled(0, updates.dtype as NumberType, shape);
    return apply("ScatterND", [zeros, indices, updates], updates.dtype, shape, { attributes: { reduction: "add" } });
  },
  Slice: ({ inputs, value, attrs }) => {
    const [x, tensor] = [value("x"), inputs.x as tf.TensorInfo];
    const { begin, size } = attrs as Record<"begin" | "size", number | number[]>; // one number means the first axis
    const [starts = [], sizes = []] = tf.slice_util.parseSliceParams(tensor, begin, size);
    tf.slice_util.assertParamsValid(tensor, starts, sizes);
    const ends = starts.map((start, axis) => start + (sizes[axis] ?? 0));
    const ones = starts.map(() => 1);
    return slice(x, starts, ends, ones, sizes);
  },
  SplitV: split,
  StridedSlice: ({ value, attrs }) => {
    const x = value("x");
    const masks = attrs as Record<"beginMask" | "endMask" | "ellipsisMask" | "newAxisMask" | "shrinkAxisMask", number>;
    const { finalShapeSparse, finalShape, begin, end, strides } = tf.slice_util.sliceInfo(
      [...x.shape],
      attrs.begin as number[],
      attrs.end as number[],
      attrs.strides as number[],
      masks.beginMask,
      masks.endMask,
      masks.ellipsisMask,
      masks.newAxisMask,
      masks.shrinkAxisMask,
    );
    const ends = end.map((stop, axis) => ((strides[axis] ?? 1) < 0 && stop < 0 ? -(2 ** 31) : stop));
    return slice(x, begin, ends, strides, finalShapeSparse).reshape(finalShape);
  },
  Tile: ({ value, attrs }) => {
    const x = value("x");
    const reps = attrs.reps as number[];
    const shape = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
    const onlyOnes = x.shape.every((size, axis) => size === 1 || reps[axis] === 1);
    return apply(onlyOnes ? "Expand" : "Tile", [x, int64(onlyOnes ? shape : reps)], x.dtype, shape);
  },
  Transpose: ({ value, attrs }) => transpose(value("x"), attrs.perm as number[]),
  Unpack: ({ value, attrs }) => {
    const x = value("value");
    const [axis = 0] = positiveAxes(attrs.axis as number, x.shape.length);
    const count = x.shape[axis] ?? 0;
    const single = x.shape.map((size, index) => (index === axis ? 1 : size));
    const parts = applyMany(
      "Split",
      [x, int64(Array(count).fill(1))],
      Array(count).fill({ dtype: x.dtype, shape: single }),
      { axis },
    );
    return parts.map((part) => part.reshape(x.shape.filter((_, index) => index !== axis)));
  },
  ZerosLike: ({ value }) => filled(0, value("x").dtype as NumberType, value("x").shape),
};
