/** The devices that tests of numbers run on. */

import { type Device, deviceNames } from "../../lib/engine/device.js";

const extra = deviceNames.find((name) => name === process.env.SPTLAB_TEST_DEVICE);

/** tfjs's reference, ours, and the one that SPTLAB_TEST_DEVICE names: how a machine with a graphics card checks it. */
export const testDevices: readonly Device[] = [...new Set<Device>(["cpu", "onnx", ...(extra ? [extra] : [])])];
