/** Kernels that compute each entry on its own: unary functions, arithmetic, comparisons, logic. */

import * as tf from "@tensorflow/tfjs";
import type { DType } from "../dtype.js";
import { type Attribute, apply, cast, constant, sameShape, type Value } from "../graph.js";
import { asScalarIfUniform, broadcastShape, type Kernel, type KernelCall, type KernelTable } from "./kernel.js";

/** tfjs kernels that are one ONNX operator on floats. */
const FLOAT_FUNCTIONS: Readonly<Record<string, string>> = {
  Acos: "Acos",
  Acosh: "Acosh",
  Asin: "Asin",
  Asinh: "Asinh",
  Atan: "Atan",
  Atanh: "Atanh",
  Ceil: "Ceil",
  Cos: "Cos",
  Cosh: "Cosh",
  Erf: "Erf",
  Exp: "Exp",
  Floor: "Floor",
  Log: "Log",
  Reciprocal: "Reciprocal",
  Round: "Round",
  Sigmoid: "Sigmoid",
  Sin: "Sin",
  Sinh: "Sinh",
  Softplus: "Softplus",
  Sqrt: "Sqrt",
  Tan: "Tan",
  Tanh: "Tanh",
};

/** tfjs kernels that are one ONNX operator and keep int32; none changes a bool. */
const NUMBER_FUNCTIONS: Readonly<Record<string, string>> = { Abs: "Abs", Neg: "Neg", Relu: "Relu", Sign: "Sign" };

const COMPARISONS: Readonly<Record<string, readonly [type: string, negated: boolean]>> = {
  Equal: ["Equal", false],
  NotEqual: ["Equal", true],
  Less: ["Less", false],
  LessEqual: ["LessOrEqual", false],
  Greater: ["Greater", false],
  GreaterEqual: ["GreaterOrEqual", false],
};

const LOGIC: Readonly<Record<string, string>> = { LogicalAnd: "And", LogicalOr: "Or", LogicalXor: "Xor" };

/** Applies an operator that keeps shape and dtype. */
export function unary(type: string, x: Value, attributes: Readonly<Record<string, Attribute>> = {}): Value {
  return apply(type, [x], x.dtype, x.shape, { attributes });
}

/** Applies a broadcasting operator; operands must have one dtype. */
export function binary(type: string, a: Value, b: Value, dtype: DType = a.dtype): Value {
  const shape = broadcastShape(a.shape, b.shape, type);
  const left = asScalarIfUniform(a, b, shape);
  return apply(type, [left, asScalarIfUniform(b, left, shape)], dtype, shape); // one of them keeps the result's shape
}

const asFloat = (value: Value): Value => cast(value, "float32");
const scalar = (number: number): Value => constant(number, "float32");

/** bool operands count as int32 in arithmetic; the result goes back to the first operand's dtype. */
function arithmetic(type: string, a: Value, b: Value): Value {
  if (a.dtype !== "bool") return binary(type, a, cast(b, a.dtype));
  return cast(binary(type, cast(a, "int32"), cast(b, "int32")), "bool");
}

function multiply(a: Value, b: Value): Value {
  const shape = broadcastShape(a.shape, b.shape, "Multiply");
  if (b.uniform === 1 && sameShape(a.shape, shape)) return a;
  if (a.uniform === 1 && sameShape(b.shape, shape)) return b;
  return arithmetic("Mul", a, b);
}

/** In float64 every int32 is exact, and so are small differences from 1. */
const wide = (value: Value): Value => cast(value, "float64");

/** Rounds the quotient down. */
function floorDivide(a: Value, b: Value): Value {
  return cast(unary("Floor", binary("Div", wide(a), wide(b))), a.dtype);
}

/** The remainder that has the divisor's sign. */
function floorModulo(a: Value, b: Value): Value {
  const shape = broadcastShape(a.shape, b.shape, "Mod");
  const remainder = (x: Value): Value => apply("Mod", [x, wide(b)], "float64", shape, { attributes: { fmod: 1 } }); // has the sign of x
  return cast(remainder(binary("Add", remainder(wide(a)), wide(b))), a.dtype);
}

function where(condition: Value, a: Value, b: Value): Value {
  const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape, "Select"), "Select");
  if (a.dtype === "bool") return cast(where(condition, cast(a, "int32"), cast(b, "int32")), "bool");
  return apply("Where", [condition, a, b], a.dtype, shape);
}

function arcTangent2(y: Value, x: Value): Value {
  const angle = unary("Atan", binary("Div", y, x));
  const half = where(binary("Less", y, scalar(0), "bool"), scalar(-Math.PI), scalar(Math.PI));
  const turned = where(binary("Less", x, scalar(0), "bool"), binary("Add", angle, half), angle);
  const bothZero = binary("And", equals(x, 0), equals(y, 0), "bool");
  return where(bothZero, scalar(0), turned);
}

const equals = (x: Value, number: number): Value => binary("Equal", x, scalar(number), "bool");

const on = (compute: (x: Value, attrs: KernelCall["attrs"]) => Value): Kernel => {
  return ({ value, attrs }) => compute(value("x"), attrs);
};
const onFloat = (compute: (x: Value, attrs: KernelCall["attrs"]) => Value): Kernel => {
  return ({ value, attrs }) => compute(asFloat(value("x")), attrs);
};
const onPair = (compute: (a: Value, b: Value) => Value): Kernel => {
  return ({ value }) => compute(value("a"), value("b"));
};

/** Kernels of this file by tfjs name. */
export const elementwiseKernels: KernelTable = {
  ...Object.fromEntries(Object.entries(FLOAT_FUNCTIONS).map(([name, type]) => [name, onFloat((x) => unary(type, x))])),
  ...Object.fromEntries(
    Object.entries(NUMBER_FUNCTIONS).map(([name, type]) => [
      name,
      on((x) => (x.dtype === "bool" ? x : unary(type, x))),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(COMPARISONS).map(([name, [type, negated]]) => [
      name,
      onPair((a, b) => {
        const result = binary(
          type,
          a.dtype === "bool" ? cast(a, "int32") : a,
          b.dtype === "bool" ? cast(b, "int32") : b,
          "bool",
        );
        return negated ? unary("Not", result) : result;
      }),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(LOGIC).map(([name, type]) => [
      name,
      onPair((a, b) => binary(type, cast(a, "bool"), cast(b, "bool"), "bool")),
    ]),
  ),
  Add: onPair((a, b) => arithmetic("Add", a, b)),
  AddN: ({ inputs, value }) =>
    Object.keys(inputs)
      .map(value)
      .reduce((sum, next) => arithmetic("Add", sum, next)),
  Atan2: onPair((y, x) => arcTangent2(asFloat(y), asFloat(x))),
  Cast: ({ value, attrs }) => {
    return cast(value("x"), attrs.dtype as DType);
  },
  ClipByValue: on((x, attrs) => {
    const bound = (number: number): Value =>
      x.dtype === "int32" ? constant(Math.min(Math.max(number, -(2 ** 31)), 2 ** 31 - 1), "int32") : scalar(number);
    return apply("Clip", [x, bound(Number(attrs.clipValueMin)), bound(Number(attrs.clipValueMax))], x.dtype, x.shape);
  }),
  Elu: onFloat((x) => unary("Elu", x)),
  EluGrad: ({ value }) => {
    const y = value("y");
    const slope = where(binary("GreaterOrEqual", y, scalar(0), "bool"), scalar(1), binary("Add", y, scalar(1)));
    return binary("Mul", value("dy"), slope);
  },
  Expm1: on((x) => asFloat(binary("Sub", unary("Exp", wide(x)), wide(scalar(1))))),
  FloorDiv: onPair(floorDivide),
  IsFinite: onFloat((x) => unary("Not", binary("Or", isInfinite(x), isNotNumber(x), "bool"))),
  IsInf: onFloat(isInfinite),
  IsNan: onFloat(isNotNumber),
  LeakyRelu: onFloat((x, attrs) => unary("LeakyRelu", x, { alpha: { float: Number(attrs.alpha) } })),
  Log1p: on((x) => asFloat(unary("Log", binary("Add", wide(x), wide(scalar(1)))))),
  LogicalNot: on((x) => unary("Not", cast(x, "bool"))),
  Maximum: onPair((a, b) => arithmetic("Max", a, b)),
  Minimum: onPair((a, b) => arithmetic("Min", a, b)),
  Mod: onPair(floorModulo),
  Multiply: onPair(multiply),
  Pow: onPair((a, b) => arithmetic("Pow", a, b)),
  Prelu: ({ value }) => {
    const [x, alpha] = [value("x"), value("alpha")];
    return where(binary("Less", x, scalar(0), "bool"), binary("Mul", x, alpha), x);
  },
  RealDiv: onPair((a, b) => binary("Div", asFloat(a), asFloat(b))),
  Relu6: onFloat((x) => apply("Clip", [x, scalar(0), scalar(6)], "float32", x.shape)),
  Rsqrt: onFloat((x) => unary("Reciprocal", unary("Sqrt", x))),
  Select: ({ value }) => {
    const [a, b] = [value("t"), value("e")];
    const dtype = tf.upcastType(a.dtype as tf.DataType, b.dtype as tf.DataType) as DType;
    return where(cast(value("condition"), "bool"), cast(a, dtype), cast(b, dtype));
  },
  Selu: onFloat((x) => unary("Selu", x)),
  Square: on((x) => arithmetic("Mul", x, x)),
  SquaredDifference: onPair((a, b) => {
    const difference = arithmetic("Sub", a, b);
    return arithmetic("Mul", difference, difference);
  }),
  Step: onFloat((x, attrs) => {
    const step = where(binary("Greater", x, scalar(0), "bool"), scalar(1), scalar(Number(attrs.alpha)));
    return where(isNotNumber(x), x, step);
  }),
  Sub: onPair((a, b) => arithmetic("Sub", a, b)),
};

function isInfinite(x: Value): Value {
  return apply("IsInf", [x], "bool", x.shape);
}

function isNotNumber(x: Value): Value {
  return apply("IsNaN", [x], "bool", x.shape);
}

/** The activation that tfjs's fused kernels name, applied to `x`. */
export function activation(name: string | undefined, x: Value, attrs: KernelCall["attrs"], slope?: Value): Value {
  switch (name) {
    case undefined:
    case "linear":
      return x;
    case "relu":
      return unary("Relu", x);
    case "elu":
      return unary("Elu", x);
    case "sigmoid":
      return unary("Sigmoid", x);
    case "relu6":
      return apply("Clip", [x, scalar(0), scalar(6)], x.dtype, x.shape);
    case "leakyrelu":
      return unary("LeakyRelu", x, { alpha: { float: Number(attrs.leakyreluAlpha ?? 0.2) } });
    case "prelu":
      if (slope) return where(binary("Less", x, scalar(0), "bool"), binary("Mul", x, slope), x);
      break;
    default:
  }
  throw new Error(`Fused activation "${name}" has no onnx form; apply tf.${name} after the operation instead.`);
}
