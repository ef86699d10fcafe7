/** The random small models of the fixtures behind the `Backbone` interface, with any tokenizer. */

import { fileURLToPath } from "node:url";
import type { Backbone } from "../../lib/backbone/backbone.js";
import { loadModel } from "../../lib/backbone/loadBackbone.js";
import type { Tokenizer } from "../../lib/backbone/tokenizer.js";
import { createWordTokenizer } from "./task/wordTokenizer.js";

/** Loads `fixtures/models/<name>`; roberta-tiny has 4 layers, hidden size 32, 120 tokens, mask token 119. */
export async function loadTinyBackbone(
  tokenizer: Tokenizer = createWordTokenizer([]),
  name = "roberta-tiny",
): Promise<Backbone> {
  const { config, model, weights, weightStorage } = await loadModel(
    fileURLToPath(new URL(`../fixtures/models/${name}`, import.meta.url)),
  );
  return {
    ...model,
    name,
    config: { ...config, maskTokenId: tokenizer.maskTokenId },
    tokenizer,
    hash: "tiny",
    weightStorage,
    weights,
    dispose: () => undefined,
  };
}
