/** `sptlab encode`: hidden states and logits for token ids in a safetensors file. */

import type { Command } from "commander";
import type { Device } from "../../lib/engine/index.js";

interface EncodeFlags {
  readonly inputs: string;
  readonly output: string;
  readonly device: string;
  readonly logits: boolean;
  readonly batchSize: number;
}

/** Adds the subcommand to `program`. */
export function registerEncode(program: Command): void {
  program
    .command("encode")
    .description("write the hidden states and logits of a model for given input_ids and attention_mask")
    .argument("<model>", "directory in Hugging Face layout, or a packaged model such as roberta-nano")
    .requiredOption(
      "--inputs <file>",
      "safetensors with input_ids, attention_mask and, if the model has them, token_type_ids and position_ids",
    )
    .requiredOption("--output <file>", "safetensors to write: hidden_states.0 to hidden_states.N, logits")
    .option("--device <name>", "where to compute (default: SPTLAB_DEVICE, else the first that loads)", "auto")
    .option("--no-logits", "leave the logits out")
    .option("--batch-size <rows>", "rows to run at once", count, 16)
    .action(async (model: string, flags: EncodeFlags) => {
      const [{ useDevice }, { encodeFile }] = await Promise.all([
        import("../../lib/engine/index.js"),
        import("../../lib/backbone/encodeFile.js"),
      ]);
      const device = await useDevice(flags.device as Device | "auto");
      const { inputs, output, batchSize, logits: withLogits } = flags;
      const summary = await encodeFile({ model, inputs, output, batchSize, withLogits });
      console.log(`${summary.rowCount} rows of ${summary.tokenCount} tokens on ${device}: ${output}`);
    });
}

function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`--batch-size takes a positive whole number; got "${value}".`);
  }
  return number;
}
