/** Kernels that summarise along axes: sums, extremes, arg-extremes, softmax, running sums. */

import { elementCount } from "../dtype.js";
import { apply, applyMany, cast, constant, filled, int64, type Value } from "../graph.js";
import { binary, unary } from "./elementwise.js";
import { type Kernel, type KernelTable, positiveAxes } from "./kernel.js";

function reduce(type: string, x: Value, axes: number | readonly number[] | undefined, keepDims: boolean): Value {
  const rank = x.shape.length;
  const list = positiveAxes(axes ?? x.shape.map((_, axis) => axis), rank);
  if (list.length === 0) return x;
  const shape = keepDims
    ? x.shape.map((size, axis) => (list.includes(axis) ? 1 : size))
    : x.shape.filter((_, axis) => !list.includes(axis));
  const isLeading = list.every((axis, index) => axis === index) && list.length < rank;
  if (type === "ReduceSum" && x.dtype === "float32" && isLeading) return sumRows(x, list.length).reshape(shape);
  return apply(type, [x, int64(list)], x.dtype, shape, { attributes: { keepdims: keepDims ? 1 : 0 } });
}

/** Sum over the first axes as a product with a row of ones: several times faster than ReduceSum for tall matrices. */
function sumRows(x: Value, axisCount: number): Value {
  const rows = elementCount(x.shape.slice(0, axisCount));
  const columns = elementCount(x.shape.slice(axisCount));
  return apply("MatMul", [filled(1, "float32", [1, rows]), x.reshape([rows, columns])], "float32", [1, columns]);
}

const reducing = (type: string): Kernel => {
  return ({ value, attrs }) => {
    return reduce(type, value("x"), attrs.axis as number | number[] | undefined, Boolean(attrs.keepDims));
  };
};

/** The greatest or least entry; NaN where there is one among them, which onnxruntime drops or keeps by its place. */
const extreme = (type: "ReduceMax" | "ReduceMin"): Kernel => {
  return ({ value, attrs }) => {
    const x = value("x");
    const axes = (attrs.reductionIndices ?? attrs.axis) as number | number[] | undefined; // Max and Min name it apart
    const keepDims = Boolean(attrs.keepDims);
    const result = reduce(type, x, axes, keepDims);
    if (x.dtype !== "float32") return result;
    const hasNaN = reduce("ReduceMax", apply("IsNaN", [x], "bool", x.shape), axes, keepDims);
    return apply("Where", [hasNaN, constant(Number.NaN, "float32"), result], "float32", result.shape);
  };
};

/** All and Any: the least and the sum of zeros and ones. */
const quantifier = (type: "ReduceMin" | "ReduceSum"): Kernel => {
  return ({ value, attrs }) => {
    const x = cast(value("x"), "int32");
    return cast(reduce(type, x, attrs.axis as number | number[], Boolean(attrs.keepDims)), "bool");
  };
};

/** bool entries as zeros and ones. */
const countable = (x: Value): Value => (x.dtype === "bool" ? cast(x, "int32") : x);

const argExtreme = (type: "ArgMax" | "ArgMin"): Kernel => {
  return ({ value, attrs }) => {
    const x = countable(value("x"));
    const [axis = 0] = positiveAxes((attrs.axis ?? 0) as number, x.shape.length);
    const shape = x.shape.filter((_, index) => index !== axis);
    return cast(apply(type, [x], "int64", shape, { attributes: { axis, keepdims: 0 } }), "int32");
  };
};

const meanOf: Kernel = ({ value, attrs }) => {
  return reduce("ReduceMean", cast(value("x"), "float32"), attrs.axis as number | number[], Boolean(attrs.keepDims));
};

/** Kernels of this file by tfjs name. */
export const reduceKernels: KernelTable = {
  All: quantifier("ReduceMin"),
  Any: quantifier("ReduceSum"),
  ArgMax: argExtreme("ArgMax"),
  ArgMin: argExtreme("ArgMin"),
  Cumsum: ({ value, attrs }) => {
    const x = countable(value("x"));
    const [axis = 0] = positiveAxes(attrs.axis as number, x.shape.length);
    const attributes = { exclusive: attrs.exclusive ? 1 : 0, reverse: attrs.reverse ? 1 : 0 };
    return apply("CumSum", [x, int64([axis])], x.dtype, x.shape, { attributes });
  },
  LogSoftmax: ({ value }) => unary("LogSoftmax", value("logits"), { axis: -1 }),
  Max: extreme("ReduceMax"),
  Mean: meanOf,
  Min: extreme("ReduceMin"),
  Prod: reducing("ReduceProd"),
  Softmax: ({ value }) => unary("Softmax", value("logits"), { axis: -1 }),
  Sum: reducing("ReduceSum"),
  TopK: ({ value, attrs }) => {
    const x = value("x");
    const k = Number(attrs.k);
    const shape = [...x.shape.slice(0, -1), k];
    const attributes = { axis: -1, largest: 1, sorted: attrs.sorted ? 1 : 0 };
    const [values, indices] = applyMany(
      "TopK",
      [x, int64([k])],
      [
        { dtype: x.dtype, shape },
        { dtype: "int64", shape },
      ],
      attributes,
    );
    return [values as Value, cast(indices as Value, "int32")];
  },
  UnsortedSegmentSum: ({ value, attrs }) => {
    const [x, ids] = [value("x"), value("segmentIds")];
    const segments = Number(attrs.numSegments);
    const outside = binary(
      "Or",
      binary("Less", ids, constant(0, "int32"), "bool"),
      binary("GreaterOrEqual", ids, constant(segments, "int32"), "bool"),
      "bool",
    );
    const rows = apply("Where", [outside, constant(segments, "int32"), ids], "int32", ids.shape);
    const shape = [segments + 1, ...x.shape.slice(ids.shape.length)];
    const indices = cast(rows, "int64").reshape([...ids.shape, 1]);
    const zeros = apply("Expand", [cast(constant(0, "int32"), x.dtype), int64(shape)], x.dtype, shape);
    const sums = apply("ScatterND", [zeros, indices, x], x.dtype, shape, { attributes: { reduction: "add" } });
    return apply("Slice", [sums, int64([0]), int64([segments]), int64([0])], x.dtype, [segments, ...shape.slice(1)]);
  },
};
