/**
 * Notebooks as files: nbformat 4.5, checked when read.
 * In memory, sources and text outputs are one string; on disk, lists of lines, as Jupyter writes them.
 */

import { createHash } from "node:crypto";
import { z } from "zod";
import { isBinary, isText, lines, notebookText } from "./notebookText.js";

/** Text on disk: one string, or a list of lines. */
const text = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value.join("") : value));
const metadata = z.record(z.string(), z.unknown());
const mimeBundle = z
  .record(z.string(), z.unknown())
  .transform((bundle) =>
    Object.fromEntries(
      Object.entries(bundle).map(([mime, value]) =>
        (isText(mime) || isBinary(mime)) && Array.isArray(value) ? [mime, value.join("")] : [mime, value],
      ),
    ),
  );

const outputSchema = z.discriminatedUnion("output_type", [
  z.object({ output_type: z.literal("stream"), name: z.enum(["stdout", "stderr"]), text }),
  z.object({ output_type: z.literal("display_data"), data: mimeBundle, metadata }),
  z.object({
    output_type: z.literal("execute_result"),
    execution_count: z.number().int().nullable(),
    data: mimeBundle,
    metadata,
  }),
  z.object({ output_type: z.literal("error"), ename: z.string(), evalue: z.string(), traceback: z.array(z.string()) }),
]);

const cellShared = { id: z.string().optional(), metadata, source: text };
const cellSchema = z.discriminatedUnion("cell_type", [
  z.object({
    ...cellShared,
    cell_type: z.literal("code"),
    execution_count: z.number().int().nullable(),
    outputs: z.array(outputSchema),
  }),
  z.object({ ...cellShared, cell_type: z.literal("markdown"), attachments: metadata.optional() }),
  z.object({ ...cellShared, cell_type: z.literal("raw"), attachments: metadata.optional() }),
]);

const notebookSchema = z.object({
  nbformat: z.literal(4, { error: "only nbformat 4 is read; open the notebook in Jupyter and save it again" }),
  nbformat_minor: z.number().int().min(0),
  metadata,
  cells: z.array(cellSchema),
});

/** One output of a code cell, with joined text. */
export type Output = z.output<typeof outputSchema>;
/** A cell with its identifier, which nbformat 4.5 requires. */
export type Cell = z.output<typeof cellSchema> & { id: string };
/** A cell that runs. */
export type CodeCell = Extract<Cell, { cell_type: "code" }>;
/** A whole notebook; its cells can be changed in place. */
export interface Notebook {
  metadata: Record<string, unknown>;
  cells: Cell[];
}

/**
 * Parses and checks a notebook. Cells without an identifier (before nbformat 4.5) get one from their place and source.
 *
 * @param json  the file's content
 * @param name  how messages call it
 * @throws Error  when it is not a notebook; says where and why
 */
export function readNotebook(json: string, name: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new Error(`${name} is not JSON, so it is not a notebook.`, { cause });
  }
  const parsed = notebookSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(
      `${name} is not a notebook (nbformat 4): at ${issue?.path.join(".") || "the top"}: ${issue?.message}.`,
    );
  }
  const cells = parsed.data.cells.map((cell, index) => ({ ...cell, id: cell.id ?? cellId(`${index}:${cell.source}`) }));
  return { metadata: parsed.data.metadata, cells };
}

/** The notebook as nbformat 4.5 JSON, formatted as Jupyter formats it (keys sorted, one space, final newline). */
export function writeNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: lines(cell.source),
    ...(cell.cell_type === "code" ? { outputs: cell.outputs.map(outputOnDisk) } : {}),
  }));
  const file = { cells, metadata: notebook.metadata, nbformat: 4, nbformat_minor: 5 };
  return notebookText(file);
}

/** A new cell identifier, the same for the same `seed`. */
export function cellId(seed: string): string {
  return createHash("sha256").update(seed).digest("hex").slice(0, 8);
}

function outputOnDisk(output: Output): unknown {
  if (output.output_type === "stream") return { ...output, text: lines(output.text) };
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map(([mime, value]) => [
    mime,
    isText(mime) && typeof value === "string" ? lines(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(data) };
}
