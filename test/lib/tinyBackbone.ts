/** The random four-layer RoBERTa of the fixtures behind the `Backbone` interface, with any tokenizer. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Backbone } from "../../lib/backbone/backbone.js";
import { parseRobertaConfig, robertaModel } from "../../lib/backbone/roberta.js";
import type { Tokenizer } from "../../lib/backbone/tokenizer.js";
import { goldenTensors, openGolden } from "./golden.js";
import { createWordTokenizer } from "./task/wordTokenizer.js";

/** Loads `fixtures/models/roberta-tiny`: 4 layers, hidden size 32, 120 tokens, mask token 119. */
export async function loadTinyBackbone(tokenizer: Tokenizer = createWordTokenizer([])): Promise<Backbone> {
  const path = fileURLToPath(new URL("../fixtures/models/roberta-tiny/config.json", import.meta.url));
  const config = parseRobertaConfig(JSON.parse(readFileSync(path, "utf8")), path);
  const weights = goldenTensors(await openGolden("models/roberta-tiny/model.safetensors"), "");
  return {
    name: "roberta-tiny",
    config: { ...config, maskTokenId: tokenizer.maskTokenId },
    tokenizer,
    hash: "tiny",
    weights,
    ...robertaModel(config, weights),
    dispose: () => undefined,
  };
}
