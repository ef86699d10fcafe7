import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { debertaFamily } from "../../../lib/backbone/deberta.js";
import { loadModel } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { testDevices } from "../devices.js";
import { expectPromptGradients } from "./promptGradients.js";
import { MODELS, storedCases, worstDifference } from "./storedCases.js";

describe.each(testDevices)("DeBERTa on %s, against Hugging Face", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });
  const cases = ["deberta-tiny", "deberta-tiny-b"].flatMap((name) =>
    storedCases(name).map((stored) => [name, stored] as const),
  );

  // Versions of transformers differ at padded positions, so those are not compared.
  it.each(cases)("%s %s: every hidden state, logit and pooled value within 1e-4", async (name, stored) => {
    const loaded = await loadModel(`${MODELS}/${name}`);
    expect(await worstDifference(loaded, name, stored, true)).toBeLessThan(1e-4);
    loaded.dispose();
  });

  it.each(["model.safetensors", "pytorch_model.bin"])(
    "reads the authors' names of the vocabulary head, and leaves unused positions alone: %s",
    async (weights) => {
      const folder = await mkdtemp(join(tmpdir(), "sptlab-deberta-"));
      for (const file of ["config.json", weights]) await cp(`${MODELS}/deberta-tiny-hub/${file}`, join(folder, file));
      const loaded = await loadModel(folder);
      await rm(folder, { recursive: true });
      expect(await worstDifference(loaded, "deberta-tiny", "case_a_padded", true)).toBeLessThan(1e-4);
      loaded.dispose();
    },
  );

  it.each(["deberta_prompt_input", "deberta_prompt_deep"])(
    "has the reference's loss and gradients: %s",
    async (golden) => {
      await expectPromptGradients("deberta-tiny", golden, "batch_deberta");
    },
  );
});

describe("DeBERTa's config.json", () => {
  const read = (changes: object) => {
    const config = JSON.parse(readFileSync(`${MODELS}/deberta-tiny/config.json`, "utf8"));
    return debertaFamily.parseConfig({ ...config, ...changes }, "config.json");
  };

  it("takes the kinds of attention in either notation, and the table's size from the longest text by default", () => {
    expect(read({ pos_att_type: ["p2c", "c2p"] }).maxDistance).toBe(64);
    expect(read({ max_relative_positions: 6 }).maxDistance).toBe(6);
  });

  it.each([
    ["a kind of attention that is not there", { pos_att_type: "c2p" }, /must be "c2p\|p2c"/],
    ["absolute attention", { relative_attention: false }, /relative_attention/],
  ])("refuses %s", (_name, changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });
});
