/**
 * A notebook as one HTML file that needs nothing else: prose, folded code, outputs, interactive figures, and where the
 * numbers come from. plotly.js is embedded once, and only when an output is a plotly figure; until it draws, where scripts
 * are off, and on paper, the static picture is shown. Printed, the code is left out and figures are not cut.
 * The page forbids itself to fetch anything, so that it shows the same in a year, and tells nobody that it was opened.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { marked } from "marked";
import { escapeHtml } from "../../lib/plot/interactiveHtml.js";
import { embedNotebook } from "./embeddedNotebook.js";
import type { Cell, CodeCell, Notebook } from "./notebook.js";
import { outputHtml, plotlyMime } from "./outputHtml.js";
import { provenanceOf } from "./provenance.js";
import { provenanceFacts, runsHtml, warningsOn } from "./provenanceHtml.js";

/** What the report says beside the notebook. */
export interface ReportOptions {
  /** What the notebook is called in the head of the page. */
  readonly name: string;
  /** The text of plotly.js; read from the installed package unless given. */
  readonly plotlySource?: string;
}

/** The HTML of a report on an executed notebook. */
export async function htmlReport(notebook: Notebook, options: ReportOptions): Promise<string> {
  const hasFigures = notebook.cells.some((cell) => cell.cell_type === "code" && cell.outputs.some(isPlotly));
  const plotly = hasFigures ? (options.plotlySource ?? (await installedPlotly())) : "";
  const body = await Promise.all(notebook.cells.map(cellHtml));
  const provenance = provenanceOf(notebook);
  const facts = [["Notebook", options.name], ...(provenance ? provenanceFacts(provenance) : [])];
  return [
    `<!doctype html>`,
    `<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escapeHtml(titleOf(notebook))}</title>`,
    `<style>${style}</style></head><body><main>`,
    ...warningsOn(notebook, provenance).map((warning) => `<p class="warning">${escapeHtml(warning)}</p>`),
    `<dl class="facts">${facts.map(([name = "", value = ""]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join("")}</dl>`,
    ...body,
    provenance ? runsHtml(provenance) : "",
    `</main>`,
    // A closing tag inside a script would end it: the escaped form means the same in its strings.
    ...(plotly
      ? [`<script>${plotly.replace(/<\/script/gi, "<\\/script")}</script>`, `<script>${drawFigures}</script>`]
      : []),
    embedNotebook(notebook),
    `</body></html>`,
    "",
  ].join("\n");
}

/** The first heading of the notebook, without markup. */
export function titleOf(notebook: Notebook): string {
  const prose = notebook.cells.filter((cell) => cell.cell_type === "markdown").map((cell) => cell.source);
  const heading = /^#\s+(.+)$/m.exec(prose.join("\n\n"))?.[1] ?? "Notebook";
  return heading.replace(/[*_`]/g, "").trim();
}

async function cellHtml(cell: Cell): Promise<string> {
  if (cell.cell_type === "markdown") return `<section class="prose">${await marked.parse(cell.source)}</section>`;
  if (cell.cell_type === "raw" || cell.source.trim() === "") return "";
  return `<section class="cell">${codeHtml(cell)}${cell.outputs.map(outputHtml).join("\n")}</section>`;
}

function codeHtml(cell: CodeCell): string {
  const isOpen = cell.outputs.some((output) => output.output_type === "error");
  const count = cell.execution_count ?? " ";
  const summary = escapeHtml(cell.source.trim().split("\n", 1)[0] ?? "");
  return (
    `<details${isOpen ? " open" : ""}><summary><span class="count">[${count}]</span> <code>${summary}</code></summary>` +
    `<pre><code>${escapeHtml(cell.source)}</code></pre></details>`
  );
}

function isPlotly(output: CodeCell["outputs"][number]): boolean {
  return "data" in output && plotlyMime in output.data;
}

async function installedPlotly(): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve("plotly.js-dist-min"), "utf8");
}

/** What the page may load: what it holds itself. plotly.js compiles functions for some of its marks. */
const policy =
  "default-src 'none'; img-src data: blob:; media-src data:; font-src data:; style-src 'unsafe-inline'; " +
  "script-src 'unsafe-inline' 'unsafe-eval'";

/** Runs in the page: each figure's JSON stands beside its picture. */
const drawFigures = `document.querySelectorAll(".figure").forEach(function (place) {
  var figure = JSON.parse(place.querySelector("script").textContent);
  var target = document.createElement("div");
  place.appendChild(target);
  Plotly.newPlot(target, figure.data, figure.layout, { displaylogo: false, responsive: true }).then(function () {
    place.classList.add("drawn");
  });
});`;

const style = `
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #222; font: 16px/1.55 system-ui, "Segoe UI", Arial, sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1, h2, h3 { line-height: 1.25; margin: 1.6em 0 0.5em; }
h1 { font-size: 1.8rem; margin-top: 0.6em; }
a { color: #0072B2; }
code, pre { font: 0.86rem/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
pre { background: #f6f7f8; padding: 0.7rem 0.9rem; overflow-x: auto; border-radius: 4px; }
:not(pre) > code { background: #f6f7f8; padding: 0.1em 0.25em; border-radius: 3px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: 0; padding: 0.6rem 0.9rem; background: #f6f7f8; border-radius: 4px; font-size: 0.86rem; }
.facts dt { color: #666; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.cell { margin: 1rem 0; }
details > summary { cursor: pointer; color: #666; font-size: 0.86rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.count { color: #0072B2; }
.output { margin: 0.6rem 0; overflow-x: auto; }
.output img, .output svg { max-width: 100%; height: auto; }
pre.stderr { background: #fff6e5; }
pre.error { background: #fdecea; color: #7a1410; }
table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.8rem; border-bottom: 1px solid #ddd; }
thead th { border-bottom: 2px solid #888; }
.runs th, .runs td { padding: 0.3rem 0.4rem; font-size: 0.78rem; text-align: left; vertical-align: top; }
.warning { background: #fff6e5; border-left: 4px solid #D55E00; padding: 0.5rem 0.9rem; }
@media screen { .drawn > .picture { display: none; } }
@media print {
  main { max-width: none; padding: 0; }
  details, .drawn:has(.picture) > :not(.picture) { display: none; }
  .output, table, pre { break-inside: avoid; }
}`;
