/** The representations of a value, by MIME type, richest last or first as the client likes. */

import { inspect } from "node:util";

/** MIME type to content: text, or JSON for `+json` types; binary as base64. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** The method by which a value shows itself (Deno's convention, which plotting libraries follow). */
export const JUPYTER_DISPLAY = Symbol.for("Jupyter.display");

/** The most rows of a table that are shown. */
const TABLE_ROWS = 100;

/**
 * The MIME bundle of `value`: what its `Symbol.for("Jupyter.display")` method returns, an HTML table for an arquero
 * table, markup for a DOM element, the numbers of a tensor, and `util.inspect` for the rest.
 * A promise only where the value itself needs one.
 */
export function mimeBundle(value: unknown): MimeBundle | Promise<MimeBundle> {
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    const members = value as Record<PropertyKey, unknown>;
    const show = members[JUPYTER_DISPLAY];
    if (typeof show === "function") return fromMethod(show.call(value));
    if (isTable(members)) return tableBundle(members);
    if (isTensor(members)) return tensorBundle(members);
    if (typeof members.outerHTML === "string") return elementBundle(members.outerHTML);
  }
  return { "text/plain": plainText(value) };
}

/** A bundle given by the user: bytes become base64. */
export function encodedBundle(bundle: object): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, content]) => [
      type,
      content instanceof Uint8Array ? Buffer.from(content).toString("base64") : content,
    ]),
  );
}

/** `util.inspect`, deep enough to be useful and short enough to read. */
export function plainText(value: unknown): string {
  return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 });
}

async function fromMethod(returned: unknown): Promise<MimeBundle> {
  const bundle = await returned;
  if (typeof bundle !== "object" || bundle === null) {
    throw new TypeError(`expected a MIME bundle from Symbol.for("Jupyter.display"); got ${plainText(bundle)}`);
  }
  return encodedBundle(bundle);
}

interface Table {
  numRows(): number;
  columnNames(): string[];
  toHTML(options: object): string;
  objects(options: object): object[];
}

function isTable(value: object): value is Table {
  return ["numRows", "columnNames", "toHTML", "objects"].every(
    (name) => typeof (value as Record<string, unknown>)[name] === "function",
  );
}

function tableBundle(table: Table): MimeBundle {
  const names = table.columnNames();
  const rows = table.objects({ limit: TABLE_ROWS }) as Record<string, unknown>[];
  const cells = [names, ...rows.map((row) => names.map((name) => cellText(row[name])))];
  const widths = names.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  const lines = cells.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const rest = table.numRows() - rows.length;
  if (rest > 0) lines.push(`… ${rest} more rows`);
  return { "text/html": table.toHTML({ limit: TABLE_ROWS }), "text/plain": lines.join("\n") };
}

function cellText(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  data(): Promise<unknown>;
  toString(verbose?: boolean): string;
}

function isTensor(value: object): value is Tensor {
  const tensor = value as Partial<Tensor>;
  return typeof tensor.data === "function" && Array.isArray(tensor.shape) && "dataId" in value;
}

/** `data()` first: a lazy device has no values until somebody waits for them. */
async function tensorBundle(tensor: Tensor): Promise<MimeBundle> {
  await tensor.data();
  return { "text/plain": `${tensor.dtype} [${tensor.shape.join(", ")}]\n${tensor.toString()}` };
}

function elementBundle(markup: string): MimeBundle {
  const type = markup.startsWith("<svg") ? "image/svg+xml" : "text/html";
  return { [type]: markup, "text/plain": markup.slice(0, markup.indexOf(">") + 1) };
}
