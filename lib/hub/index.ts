/** Models and data sets from the Hugging Face hub. */

export { type DatasetFiles, hubDatasetFiles } from "./hubDatasetFiles.js";
export { type HubOptions, hubModelDirectory } from "./hubModelDirectory.js";
export { type HubModel, parseModelName } from "./modelName.js";
export { type Environment, hubCacheDirectory } from "./settings.js";
