/** The compute engine: a device, traced functions, and the optimiser. */

export { type Device, useDevice } from "./device.js";
export { jit, type Jitted, type TensorMap } from "./jit.js";
