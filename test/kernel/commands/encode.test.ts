import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { registerEncode } from "../../../kernel/commands/encode.js";
import { readSafetensors, writeSafetensors } from "../../../lib/backbone/safetensors.js";

const MODEL = "test/fixtures/models/roberta-tiny";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-encode-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

function encode(...flags: string[]): Promise<string> {
  return encodeWith(MODEL, ...flags);
}

async function encodeWith(model: string, ...flags: string[]): Promise<string> {
  const output = join(folder, "out.safetensors");
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const program = new Command("sptlab").exitOverride();
  registerEncode(program);
  await program.parseAsync(["node", "sptlab", "encode", model, "--output", output, ...flags]);
  expect(log).toHaveBeenCalledOnce();
  return output;
}

describe("sptlab encode", () => {
  it.each(["onnx", "cpu"])(
    "writes the reference's hidden states and logits on %s, in several batches",
    async (device) => {
      const inputs = `${MODEL}/case_a_padded.inputs.safetensors`;
      const file = await readSafetensors(await encode("--inputs", inputs, "--device", device, "--batch-size", "3"));
      const reference = await readSafetensors(`${MODEL}/case_a_padded.outputs.safetensors`);
      expect([...file.names].sort()).toEqual(reference.names.filter((name) => name !== "pooler_output").sort());
      for (const name of file.names) {
        expect(file.dtype(name)).toBe("F32");
        expect(file.shape(name)).toEqual(reference.shape(name));
        const expected = reference.readFloats(name);
        const worst = file.readFloats(name).reduce((most, x, i) => Math.max(most, Math.abs(x - (expected[i] ?? 0))), 0);
        expect(worst, name).toBeLessThan(1e-4);
      }
    },
  );

  it("leaves the logits out when told so", async () => {
    const inputs = `${MODEL}/case_b_single.inputs.safetensors`;
    const file = await readSafetensors(await encode("--inputs", inputs, "--device", "cpu", "--no-logits"));
    expect(file.names).toContain("hidden_states.4");
    expect(file.names).not.toContain("logits");
  });

  it.each([
    ["an id outside of the vocabulary", [1, 2], [3, 120], [1, 1], /must lie in 0..119; it holds 120/],
    ["too many tokens", [1, 65], Array(65).fill(5), Array(65).fill(1), /at most 64 tokens; input_ids has 65/],
    ["a mask other than 0 and 1", [1, 1], [3], [2], /attention_mask must lie in 0..1/],
  ] as const)("refuses %s before any compute", async (_name, shape, inputIds, mask, message) => {
    const inputs = join(folder, "in.safetensors");
    await writeSafetensors(inputs, {
      input_ids: { shape, values: Int32Array.from(inputIds), dtype: "I64" },
      attention_mask: { shape, values: Int32Array.from(mask) },
    });
    await expect(encode("--inputs", inputs, "--device", "cpu")).rejects.toThrow(message);
  });

  it.each([
    ["gpt2-tiny", "case_d_leftpad", "position_ids"],
    ["deberta-tiny-b", "case_a_padded", "token_type_ids"],
  ])("reads what the inputs tell of each token of %s, in %s", async (model, stored, name) => {
    const path = `test/fixtures/models/${model}`;
    const source = await readSafetensors(`${path}/${stored}.inputs.safetensors`);
    expect(source.names).toContain(name);
    const file = await readSafetensors(await encodeWith(path, "--inputs", source.path, "--device", "onnx"));
    const reference = await readSafetensors(`${path}/${stored}.outputs.safetensors`);
    const isText = source.read("attention_mask");
    for (const output of file.names) {
      const expected = reference.readFloats(output);
      const width = expected.length / isText.length;
      const worst = file.readFloats(output).reduce((most, x, i) => {
        return isText[Math.floor(i / width)] === 1 ? Math.max(most, Math.abs(x - (expected[i] ?? 0))) : most;
      }, 0);
      expect(worst, output).toBeLessThan(1e-4);
    }
  });

  it("refuses inputs that it would have to ignore, which depends on the model", async () => {
    const inputs = join(folder, "in.safetensors");
    const values = { shape: [1, 1], values: Int32Array.of(1) };
    await writeSafetensors(inputs, { input_ids: values, attention_mask: values, token_type_ids: values });
    const flags = ["--inputs", inputs, "--device", "cpu"];
    await expect(encodeWith("test/fixtures/models/gpt2-tiny", ...flags)).rejects.toThrow(/also holds token_type_ids/);
    await expect(encode(...flags)).rejects.toThrow(/token_type_ids must lie in 0..0; it holds 1/);
  });
});
