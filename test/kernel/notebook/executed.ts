/** Made-up executed notebooks, for tests. */

import type { CodeCell, Notebook, Output } from "../../../kernel/notebook/notebook.js";
import type { Provenance, RunSummary } from "../../../kernel/notebook/provenance.js";

/** A cell that was executed. */
export const executedCell = (source: string, outputs: Output[], tags: string[] = []): CodeCell => ({
  cell_type: "code",
  id: source.replace(/\W/g, "").slice(0, 8) || "cell",
  metadata: tags.length > 0 ? { tags } : {},
  source,
  execution_count: 1,
  outputs,
});

/** What a cell shows. */
export const shown = (data: Record<string, unknown>): Output => ({ output_type: "display_data", data, metadata: {} });

/** What a cell prints. */
export const printed = (text: string, name: "stdout" | "stderr" = "stdout"): Output => ({
  output_type: "stream",
  name,
  text,
});

/** A figure of these traces. */
export const figure = (data: Record<string, unknown>[], layout: Record<string, unknown> = {}): Output =>
  shown({ "application/vnd.plotly.v1+json": { data, layout }, "image/svg+xml": "<svg/>", "text/plain": "Figure" });

/** A notebook of one cell with these outputs. */
export const notebookOf = (...outputs: Output[]): Notebook => ({ metadata: {}, cells: [executedCell("f()", outputs)] });

/** A run of a method on made-up data. */
export const someRun: RunSummary = {
  id: "search-sample-sst2-00000000",
  config: { steps: 2 },
  seed: 7,
  dataId: "sample/sst2",
  dataHash: "d".repeat(64),
  isSynthetic: true,
  modelName: "tiny",
  modelHash: "e".repeat(64),
  status: "completed",
  finishedSteps: 2,
  parameterCount: 10,
  metrics: { accuracy: 0.75 },
  versions: { backend: "onnx", node: "20.0.0" },
  timing: { startedAt: "2026-01-01T00:00:00.000Z", seconds: 3 },
};

/** Where a made-up notebook's numbers come from. */
export const someProvenance: Provenance = {
  parameters: { seed: 7 },
  runs: [someRun],
  machine: { processor: "Some CPU", threads: "2", node: "20.0.0", device: "onnx" },
  code: { version: "0.1.0", hash: "a".repeat(64) },
  startedAt: "2026-01-01T00:00:00.000Z",
  seconds: 4,
  cellsHash: "c".repeat(64),
};
