/** Notebooks between the disk, where texts are lists of lines, and the page, where they are one string. */

import { createHash } from "node:crypto";
import { isBinary, isText, lines, notebookText } from "../notebook/notebookText.js";
import { HttpError } from "./routes.js";

type Json = Record<string, unknown>;

/** A notebook of format 4 whose fields, known to us or not, are as the file has them. */
export interface NotebookContent extends Json {
  readonly cells: readonly Json[];
}

/**
 * Checks what has to be true of a notebook so that it can be shown and written; the rest is left alone.
 *
 * @throws HttpError  400 when it is no notebook of format 4
 */
export function asNotebook(value: unknown): NotebookContent {
  if (!isObject(value)) throw notNotebook("it is no JSON object");
  if (value.nbformat !== 4) throw notNotebook(`its nbformat is ${JSON.stringify(value.nbformat)}`);
  if (!isObject(value.metadata ?? {})) throw notNotebook("its metadata is no JSON object");
  if (!Array.isArray(value.cells) || !value.cells.every(isObject)) throw notNotebook("its cells are no JSON objects");
  for (const { metadata, outputs } of value.cells as readonly Json[]) {
    if (!isObject(metadata ?? {})) throw notNotebook("a cell's metadata is no JSON object");
    if (!Array.isArray(outputs ?? []) || !asOutputs(outputs).every(isObject)) {
      throw notNotebook("a cell's outputs are no JSON objects");
    }
  }
  return value as NotebookContent;
}

/** What the page gets of a file: joined texts, and on each code cell whether its outputs may run scripts. */
export function fromDisk(text: string, isTrusted: (digest: string) => boolean): NotebookContent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, "the file is not JSON, so it is not a notebook; open it as text", { cause });
  }
  const notebook = mapCells(asNotebook(value), joined);
  const trusted = isTrusted(digestOf(notebook));
  return mapCells(notebook, (cell) =>
    cell.cell_type === "code"
      ? { ...cell, metadata: { ...asObject(cell.metadata), trusted: trusted || isHarmless(cell) } }
      : cell,
  );
}

/** The text of the file for what the page sends, and the digest to remember when all of it may be trusted, else null. */
export function toDisk(content: unknown): { readonly text: string; readonly trustedDigest: string | null } {
  const notebook = mapCells(asNotebook(content), joined);
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  const isTrusted = code.every((cell) => asObject(cell.metadata).trusted === true || isHarmless(cell));
  const plain = mapCells(notebook, ({ metadata, ...cell }) => {
    const { trusted: _, ...kept } = asObject(metadata);
    return { ...cell, metadata: kept };
  });
  const onDisk = mapCells(plain, (cell) =>
    changeTexts(cell, (text) => (typeof text === "string" ? lines(text) : text)),
  );
  return { text: notebookText(onDisk), trustedDigest: isTrusted ? digestOf(plain) : null };
}

/** The notebook that "New" makes. */
export function emptyNotebook(): string {
  return notebookText({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

/** Stands for what could run in the page: sources and outputs, not who saved them when. */
function digestOf(notebook: NotebookContent): string {
  const cells = notebook.cells.map(({ cell_type, source, outputs }) => [cell_type, source, outputs]);
  return createHash("sha256").update(notebookText(cells)).digest("hex"); // which sorts keys: files do
}

/** Whether no output could run anything. */
function isHarmless(cell: Json): boolean {
  const harmless = new Set(["text/plain", "image/png", "image/jpeg"]);
  return asOutputs(cell.outputs).every(({ data }) => Object.keys(asObject(data)).every((mime) => harmless.has(mime)));
}

function joined(cell: Json): Json {
  return changeTexts(cell, (text) =>
    Array.isArray(text) && text.every((line) => typeof line === "string") ? text.join("") : text,
  );
}

function changeTexts(cell: Json, change: (text: unknown) => unknown): Json {
  const changed: Json = { ...cell, source: change(cell.source ?? "") };
  if (Array.isArray(cell.outputs)) {
    changed.outputs = asOutputs(cell.outputs).map((output) => ({
      ...output,
      ...(output.output_type === "stream" ? { text: change(output.text) } : {}),
      ...(isObject(output.data) ? { data: changeBundle(output.data, change) } : {}),
    }));
  }
  return changed;
}

/** Base64 stays one string on disk; both kinds are joined when they are read. */
function changeBundle(bundle: Json, change: (text: unknown) => unknown): Json {
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, value]) => {
      const isChanged = isText(mime) || (isBinary(mime) && Array.isArray(value));
      return [mime, isChanged ? change(value) : value];
    }),
  );
}

function mapCells(notebook: NotebookContent, change: (cell: Json) => Json): NotebookContent {
  return { ...notebook, cells: notebook.cells.map(change) };
}

function asOutputs(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notNotebook(why: string): HttpError {
  return new HttpError(400, `expected a notebook of format 4, but ${why}; open the file as text`);
}
