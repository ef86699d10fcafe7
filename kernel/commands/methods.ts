/** `sptlab methods`: what can be compared, and how many numbers each trains on a given backbone. */

import type { Command } from "commander";

/** One line of the table. */
interface MethodSummary {
  readonly id: string;
  readonly title: string;
  readonly citation: string;
  /** "train", or "search" where layers are chosen first. */
  readonly kind: string;
  /** Tunable parameters with the default settings. */
  readonly parameters: number;
  readonly formula: string;
  /** All settings with their defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Adds the subcommand to `program`. */
export function registerMethods(program: Command): void {
  program
    .command("methods")
    .description("list the methods, and how many numbers each trains on a backbone with its default settings")
    .option(
      "--model <model>",
      "a packaged model, a directory in Hugging Face layout, or a name on the hub",
      "roberta-nano",
    )
    .option("--json", "print everything as JSON: formula and default settings as well")
    .action(async ({ model, json }: { readonly model: string; readonly json?: boolean }) => {
      const [{ loadBackbone }, { METHODS }, { recordedSettings }, { useDevice }] = await Promise.all([
        import("../../lib/backbone/loadBackbone.js"),
        import("../../lib/methods/registry.js"),
        import("../../lib/methods/recordedSettings.js"),
        import("../../lib/engine/index.js"),
      ]);
      await useDevice();
      const backbone = await loadBackbone(model);
      const methods = METHODS.map((method): MethodSummary => {
        const { id, title, citation, kind } = method;
        const { config, model } = method.configure(backbone, recordedSettings(id, backbone.hash));
        return {
          id,
          title,
          citation,
          kind,
          parameters: model.parameters.count,
          formula: model.parameters.text,
          config,
        };
      });
      backbone.dispose();
      console.log(json ? JSON.stringify(methods, undefined, 1) : formatMethods(methods));
    });
}

function formatMethods(methods: readonly MethodSummary[]): string {
  const rows = methods.map(({ id, title, citation, parameters }) => [
    id,
    parameters.toLocaleString("en-US"),
    title,
    citation,
  ]);
  const header = ["method", "parameters", "title", "citation"];
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [header, ...rows]
    .map((row) => row.map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))))
    .map((cells) => cells.join("  ").trimEnd())
    .join("\n");
}
