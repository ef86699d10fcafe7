/** The generator of the embedded stand-ins. */

export { generateSamples, sampleSeed, sampleSizes } from "./generateSamples.js";
