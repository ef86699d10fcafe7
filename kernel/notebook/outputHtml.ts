/** One stored output as HTML, in the richest form that a page without a kernel can show. */

import { escapeHtml } from "../../lib/plot/interactiveHtml.js";
import type { Output } from "./notebook.js";

/** The MIME type of plotly figures. */
export const plotlyMime = "application/vnd.plotly.v1+json";

/** HTML of one output; HTML outputs are taken as they are, like in Jupyter for a notebook that was run here. */
export function outputHtml(output: Output): string {
  switch (output.output_type) {
    case "stream":
      return pre(output.text, output.name);
    case "error":
      return pre(output.traceback.join("\n") || `${output.ename}: ${output.evalue}`, "error");
    default:
      return `<div class="output">${bundleHtml(output.data)}</div>`;
  }
}

function bundleHtml(data: Readonly<Record<string, unknown>>): string {
  const text = (mime: string): string | undefined => {
    const value = data[mime];
    return typeof value === "string" ? value : undefined;
  };
  const alt = escapeHtml(text("text/plain") ?? "figure");
  const picture = pictureHtml(text, alt);
  if (plotlyMime in data) {
    const json = JSON.stringify(data[plotlyMime]).replace(/</g, "\\u003c");
    return `<div class="figure">${picture ?? ""}<script type="application/json">${json}</script></div>`;
  }
  const json = data["application/json"];
  return (
    text("text/html") ??
    picture ??
    (json === undefined ? undefined : pre(JSON.stringify(json, null, 2), "json")) ??
    pre(text("text/plain") ?? "", "plain")
  );
}

function pictureHtml(text: (mime: string) => string | undefined, alt: string): string | undefined {
  const svg = text("image/svg+xml");
  const url = (mime: string, base64: string): string =>
    `<img class="picture" alt="${alt}" src="data:${mime};base64,${base64}">`;
  if (svg !== undefined) return url("image/svg+xml", Buffer.from(svg).toString("base64"));
  const mime = ["image/png", "image/jpeg"].find((candidate) => text(candidate) !== undefined);
  return mime && url(mime, (text(mime) ?? "").replace(/\s/g, ""));
}

function pre(text: string, kind: string): string {
  return `<pre class="${kind}">${escapeHtml(stripAnsi(text))}</pre>`;
}

function stripAnsi(text: string): string {
  const controlSequence = String.fromCharCode(27);
  return text
    .split(controlSequence)
    .map((part, index) => (index === 0 ? part : part.replace(/^\[[\d;?]*[A-Za-z]/, "")))
    .join("");
}
