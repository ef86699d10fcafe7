import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { gpt2Family } from "../../../lib/backbone/gpt2.js";
import { loadModel } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import { testDevices } from "../devices.js";
import { expectPromptGradients } from "./promptGradients.js";
import { MODELS, storedCases, worstDifference } from "./storedCases.js";

describe.each(testDevices)("GPT-2 on %s, against Hugging Face", (device) => {
  beforeAll(async () => {
    await useDevice(device);
  });

  // Padding on the left has no key to see, so its rows are arbitrary and compared nowhere; padding on the right is.
  it.each(storedCases("gpt2-tiny"))("%s: every hidden state and logit within 1e-4", async (stored) => {
    const loaded = await loadModel(`${MODELS}/gpt2-tiny`);
    const isLeftPadded = stored === "case_d_leftpad";
    expect(await worstDifference(loaded, "gpt2-tiny", stored, isLeftPadded)).toBeLessThan(1e-4);
    loaded.dispose();
  });

  it("reads the hub's names, without a prefix and with the causal mask as a buffer", async () => {
    const loaded = await loadModel(`${MODELS}/gpt2-tiny-hub`);
    expect(await worstDifference(loaded, "gpt2-tiny", "case_a_padded")).toBeLessThan(1e-4);
    loaded.dispose();
  });

  it.each(["gpt2_prompt_input", "gpt2_prompt_deep"])("has the reference's loss and gradients: %s", async (golden) => {
    await expectPromptGradients("gpt2-tiny", golden, "batch_gpt2");
  });
});

describe("GPT-2's config.json", () => {
  const read = (changes: object) => {
    const config = JSON.parse(readFileSync(`${MODELS}/gpt2-tiny/config.json`, "utf8"));
    return gpt2Family.parseConfig({ ...config, ...changes }, "config.json");
  };

  it("pads with the end of text unless it names a padding", () => {
    expect(read({}).padTokenId).toBe(119);
    expect(read({ pad_token_id: 7 }).padTokenId).toBe(7);
  });

  it.each([
    ["an activation that is not there", { activation_function: "relu" }, /activation_function/],
    ["heads that do not divide the width", { n_head: 5 }, /n_embd must be a multiple of n_head/],
  ])("refuses %s", (_name, changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });
});
