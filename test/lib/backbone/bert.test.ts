/** The reference is ours: test/fixtures/models/bert-tiny/make.py says how it was made. */

import { beforeAll, describe, expect, it } from "vitest";
import { bertFamily } from "../../../lib/backbone/bert.js";
import { loadModel } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { testDevices } from "../devices.js";
import { expectPromptGradients } from "./promptGradients.js";
import { MODELS, storedCases, worstDifference } from "./storedCases.js";

describe.each(testDevices)("BERT on %s, against PyTorch's own encoder in float64", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  it.each(storedCases("bert-tiny"))("%s: every hidden state, logit and pooled value within 1e-4", async (stored) => {
    const loaded = await loadModel(`${MODELS}/bert-tiny`);
    expect(await worstDifference(loaded, "bert-tiny", stored)).toBeLessThan(1e-4);
    loaded.dispose();
  });

  it("has the reference's loss and gradients with prompts at every layer", async () => {
    await expectPromptGradients("bert-tiny", "bert_prompt_deep");
  });
});

describe("BERT's names", () => {
  it("reads the first checkpoints' names of LayerNorm", () => {
    const rename = (name: string) => bertFamily.canonicalName?.(name);
    expect(rename("bert.embeddings.LayerNorm.gamma")).toBe("bert.embeddings.LayerNorm.weight");
    expect(rename("bert.embeddings.LayerNorm.beta")).toBe("bert.embeddings.LayerNorm.bias");
    expect(rename("bert.pooler.dense.bias")).toBe("bert.pooler.dense.bias");
  });
});
