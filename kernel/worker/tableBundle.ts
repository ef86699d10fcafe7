/** Arquero tables as MIME bundles: their first rows, and how to see more. */

import { inspect } from "node:util";
import type { MimeBundle } from "./mimeBundle.js";

/** The most rows that are shown: a page. Notebooks are shared without a kernel, so there is no script to turn pages. */
const PAGE_ROWS = 50;

/** The part of an arquero table that is used here: the kernel need not load arquero to know one. */
export interface Table {
  numRows(): number;
  columnNames(): string[];
  toHTML(options: object): string;
  objects(options: object): object[];
}

/** Whether a value is an arquero table. */
export function isTable(value: object): value is Table {
  return ["numRows", "columnNames", "toHTML", "objects"].every(
    (name) => typeof (value as Record<string, unknown>)[name] === "function",
  );
}

/** The first page as HTML and as aligned text. */
export function tableBundle(table: Table): MimeBundle {
  const names = table.columnNames();
  const rows = table.objects({ limit: PAGE_ROWS }) as Record<string, unknown>[];
  const cells = [names, ...rows.map((row) => names.map((name) => cellText(row[name])))];
  const widths = names.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  const lines = cells.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const html = table.toHTML({ limit: PAGE_ROWS });
  const count = table.numRows();
  if (count <= rows.length) return { "text/html": html, "text/plain": lines.join("\n") };
  const more = `rows 1 to ${rows.length} of ${count.toLocaleString("en-US")}; the next ones: table.slice(${PAGE_ROWS}, ${2 * PAGE_ROWS})`;
  return { "text/html": `${html}<p>${more}</p>`, "text/plain": `${lines.join("\n")}\n… ${more}` };
}

function cellText(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}
