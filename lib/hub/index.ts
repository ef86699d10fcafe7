/** Models from the Hugging Face hub. */

export { type HubOptions, hubModelDirectory } from "./hubModelDirectory.js";
export { parseModelName } from "./modelName.js";
export { type Environment, hubCacheDirectory } from "./settings.js";
