/**
 * The values of a notebook's outputs that a second run must give again.
 *
 * Compared, output by output: the data of plotly figures (traces, without layout and looks), the cells of HTML tables, JSON,
 * and the numbers and words of other text. Left out, with a count of what and why:
 * - cells tagged `volatile`;
 * - stderr, and progress, which stands in one line such as "search 100/100, …";
 * - durations, dates, memory and folders, by their units in text, or by the name of a column, row, trace or axis;
 * - widgets, and pictures without the data that they show.
 */

import { codeCells } from "./executedNotebook.js";
import type { CodeCell, Notebook, Output } from "./notebook.js";
import { plotlyMime } from "./outputHtml.js";
import { hasTag } from "./parameters.js";
import { tokensOf, volatileKind } from "./textTokens.js";

/** A value and where in its output it stands, such as "trace 1 (training loss), y[12]". */
export type NamedValue = readonly [name: string, value: number | string];

/** One output's values. */
export interface OutputValues {
  /** 1-based number of the code cell. */
  readonly cell: number;
  readonly kind: "figure" | "table" | "JSON" | "text";
  readonly values: readonly NamedValue[];
  /** Why something was left out, one entry for each thing. */
  readonly leftOut: readonly string[];
}

/** Values of every output that is compared, in order, and of what was left out whole. */
export function valuesOf(notebook: Notebook): OutputValues[] {
  return codeCells(notebook).flatMap((cell, index) =>
    cell.outputs.map((output) => outputValues(cell, index + 1, output)),
  );
}

function outputValues(cell: CodeCell, number: number, output: Output): OutputValues {
  const wholly = volatileReason(cell, output);
  if (wholly !== undefined) return { cell: number, kind: "text", values: [], leftOut: [wholly] };
  const collector = new Collector();
  const kind = "data" in output ? collectBundle(output.data, collector) : "text";
  if ("text" in output) collector.text("", output.text);
  if (output.output_type === "error") collector.text("", `${output.ename} ${output.evalue}`);
  return { cell: number, kind, values: collector.values, leftOut: collector.leftOut };
}

function volatileReason(cell: CodeCell, output: Output): string | undefined {
  if (hasTag(cell, "volatile")) return "output of a volatile cell";
  if (output.output_type === "stream") return output.name === "stderr" ? "stderr" : undefined;
  if (!("data" in output)) return undefined;
  const { data } = output;
  const mimes = Object.keys(data);
  const isPlain = mimes.every((mime) => mime === "text/plain");
  if (output.output_type === "display_data" && isPlain && isProgress(String(data["text/plain"]))) return "progress";
  if ("application/vnd.jupyter.widget-view+json" in data) return "widget";
  const hasValues =
    plotlyMime in data || mimes.some((mime) => /^(text\/(html|markdown|latex)|application\/json)$/.test(mime));
  return !hasValues && mimes.some((mime) => /^image\//.test(mime)) ? "picture without data" : undefined;
}

/** One line with "done/total" as `liveProgress` and `display.progress` write it. */
function isProgress(text: string): boolean {
  return !text.trim().includes("\n") && /(?:^|\s)\d+\/\d+(?:,|$)/.test(text.trim());
}

function collectBundle(data: Readonly<Record<string, unknown>>, collector: Collector): OutputValues["kind"] {
  if (plotlyMime in data) {
    collectFigure(data[plotlyMime], collector);
    return "figure";
  }
  const html = typeof data["text/html"] === "string" ? data["text/html"] : "";
  if (html.includes("<table")) {
    collectTable(html, collector);
    return "table";
  }
  if ("application/json" in data) {
    collector.json("", data["application/json"]);
    return "JSON";
  }
  const text = data["text/plain"] ?? data["text/markdown"] ?? data["text/latex"] ?? withoutTags(html);
  collector.text("", String(text));
  return "text";
}

/** Gathers values under their names, and what is left out. */
class Collector {
  readonly values: NamedValue[] = [];
  readonly leftOut: string[] = [];

  text(name: string, text: string): void {
    const { values, leftOut } = tokensOf(text);
    const isOne = name !== "" && values.length === 1;
    values.forEach((value, index) => {
      this.values.push([isOne ? name : `${name} word ${index + 1}`.trim(), value]);
    });
    this.leftOut.push(...leftOut);
  }

  json(name: string, value: unknown): void {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.json(`${name}[${index}]`, item);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) this.named(key, `${name}${name ? "." : ""}${key}`, item);
    } else this.values.push([name, typeof value === "number" ? value : String(value)]);
  }

  /** A value whose own name may say that it is volatile. */
  named(ownName: string, name: string, value: unknown): void {
    const kind = volatileKind(ownName);
    if (kind === undefined) this.json(name, value);
    else this.leftOut.push(kind);
  }
}

/** What a trace shows, not how: arrays wherever they are, but for colour scales, and these few numbers. */
const TRACE_SCALARS = new Set(["x0", "dx", "y0", "dy", "base", "value"]);

function collectFigure(figure: unknown, collector: Collector): void {
  const { data = [], layout = {} } = figure as { data?: Record<string, unknown>[]; layout?: Record<string, unknown> };
  for (const [index, trace] of data.entries()) {
    const name = typeof trace.name === "string" ? trace.name : "";
    const kind = volatileKind(name);
    const place = `trace ${index + 1}${name && ` (${name})`}`;
    if (kind === undefined) collectTrace(place, trace, layout, collector);
    else collector.leftOut.push(kind);
  }
}

function collectTrace(
  name: string,
  trace: Readonly<Record<string, unknown>>,
  layout: Readonly<Record<string, unknown>>,
  collector: Collector,
): void {
  for (const [key, value] of Object.entries(trace)) {
    const axis = layout[`${key}axis`] as { title?: { text?: string } } | undefined;
    const isArray = Array.isArray(value);
    if (key === "colorscale" || !(isArray || TRACE_SCALARS.has(key) || isObject(value))) continue;
    const kind = volatileKind(axis?.title?.text ?? "");
    if (kind !== undefined) collector.leftOut.push(kind);
    else if (isArray || !isObject(value)) collector.json(`${name}, ${key}`, value);
    else collectTrace(`${name}, ${key}`, value, {}, collector);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Cells by row and column, named by the first cell of the row and the head of the column. */
function collectTable(html: string, collector: Collector): void {
  const rows = [...html.matchAll(/<tr\b[^>]*>([\s\S]*?)(?=<\/tr>|<tr\b)/g)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd]\b[^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = ""]) => withoutTags(cell)),
  );
  const [head = [], ...body] = rows;
  head.forEach((cell, column) => {
    collector.text(`head of column ${column + 1}`, cell);
  });
  for (const [index, row] of body.entries()) {
    row.forEach((cell, column) => {
      const name = `row ${index + 1}, column ${column + 1} (${head[column] ?? ""})`;
      const kind =
        volatileKind(head[column] ?? "") ?? (column > 0 && isNamed(row) ? volatileKind(row[0] ?? "") : undefined);
      if (kind === undefined) collector.text(name, cell);
      else collector.leftOut.push(kind);
    });
  }
}

/** Whether a row is a name and its value. A sentence that speaks of time is no name. */
function isNamed(row: readonly string[]): boolean {
  return row.length === 2 && (row[0] ?? "").trim().split(/\s+/).length <= 3;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " ", amp: "&" };

function withoutTags(html: string): string {
  const text = html.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ");
  return text.replace(/&(lt|gt|quot|#39|nbsp|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
}
