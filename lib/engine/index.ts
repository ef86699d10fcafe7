/** The compute engine: a device, traced functions, and the optimiser. */

export { AdamW, type AdamWConfig, globalNorm } from "./adamw.js";
export { type Device, useDevice } from "./device.js";
export { directionalDerivative } from "./directionalDerivative.js";
export { type Jitted, jit, type TensorMap } from "./jit.js";
export { constantSchedule, linearSchedule } from "./schedule.js";
