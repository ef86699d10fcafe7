/** Frozen language models: reading them, running them, and their vocabularies. */

export type { Backbone, BackboneConfig, TokenFacts } from "./backbone.js";
export { createTokenizer, type SpecialTokenNames } from "./createTokenizer.js";
export { type EncodedSummary, type EncodeFileOptions, encodeFile } from "./encodeFile.js";
export type { BackboneFamily, Model, ModelConfig, WeightShapes, Weights } from "./family.js";
export { type LoadedModel, type LoadOptions, loadBackbone, loadModel } from "./loadBackbone.js";
export { loadTokenizer } from "./loadTokenizer.js";
export { parseRobertaConfig, type RobertaConfig, robertaModel, robertaWeightShapes } from "./roberta.js";
export { readSafetensors, type SafetensorsFile, type TensorToWrite, writeSafetensors } from "./safetensors.js";
export type { EncodeOptions, Encoding, Tokenizer } from "./tokenizer.js";
export type { WeightStorage } from "./weightStorage.js";
