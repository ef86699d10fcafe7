/** The packages that every cell can name without importing them, as values and as namespaces of types. */

/** Global name to module, as seen from this file's folder. `preload.ts` loads the same ones. */
export const CELL_NAMESPACES = {
  /** Selective Prompt Tuning: all that `import … from "sptlab"` gives. */
  spt: "../../lib/index.js",
  /** TensorFlow.js, on the engine's device. */
  tf: "@tensorflow/tfjs",
  /** Tables: arquero. */
  aq: "arquero",
  /** Figures that work offline and leave a static picture. */
  plot: "../../lib/plot/index.js",
} as const satisfies Readonly<Record<string, string>>;
