/** Reports hold everything they show. */

import { expect, test } from "vitest";
import { htmlReport, titleOf } from "../../../kernel/notebook/htmlReport.js";
import type { CodeCell, Notebook, Output } from "../../../kernel/notebook/notebook.js";
import { someProvenance, someRun } from "./executed.js";

const cell = (source: string, ...outputs: Output[]): CodeCell => ({
  cell_type: "code",
  id: source.slice(0, 4),
  metadata: {},
  source,
  execution_count: 1,
  outputs,
});
const shown = (data: Record<string, unknown>): Output => ({ output_type: "display_data", data, metadata: {} });
const figure = shown({
  "application/vnd.plotly.v1+json": { data: [{ type: "bar", name: "</script><b>" }], layout: {} },
  "text/html": "<p>for notebooks</p>",
  "image/svg+xml": "<svg/>",
  "text/plain": "Gates",
});
const prose: Notebook["cells"][number] = {
  cell_type: "markdown",
  id: "m",
  metadata: {},
  source: "# The *title*\n\n| a |\n|---|\n| 1 |",
};
const report = (cells: Notebook["cells"]) =>
  htmlReport({ metadata: {}, cells }, { name: "a<b>.ipynb", plotlySource: 'var p = "</script>PLOTLY";' });

test("plotly.js is embedded once for several figures, and its closing tags cannot end the script", async () => {
  const html = await report([cell("a", figure, figure)]);
  expect(html.split("PLOTLY")).toHaveLength(2);
  expect(html).not.toContain("</script>PLOTLY");
  expect(html.split('<div class="figure">')).toHaveLength(3);
});

test("without a figure there is no plotly.js, and no script that runs", async () => {
  const html = await report([prose, cell("a", shown({ "text/plain": "1 < 2" }))]);
  expect(html).not.toContain("PLOTLY");
  expect(html).not.toMatch(/<script(?! type="application\/)/);
  expect(html).toContain("1 &lt; 2");
});

test("a figure is its JSON, which cannot break out of its script, and its picture", async () => {
  const html = await report([cell("a", figure)]);
  const json = /<script type="application\/json">(.*?)<\/script>/.exec(html)?.[1] ?? "";
  expect(JSON.parse(json)).toEqual({ data: [{ type: "bar", name: "</script><b>" }], layout: {} });
  expect(html).toContain(`src="data:image/svg+xml;base64,${Buffer.from("<svg/>").toString("base64")}"`);
  expect(html).not.toContain("for notebooks");
});

test("nothing in a report is fetched from elsewhere", async () => {
  const html = await report([prose, cell("a", figure)]);
  expect(html).not.toMatch(/(src|href)="(?!data:)/);
  expect(html).not.toContain("@import");
});

test("the page forbids itself to load anything that it does not hold", async () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(await report([prose]))?.[1] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|\*|'self'/);
});

test("the head says where the numbers come from and what to beware of, the end which runs are behind them", async () => {
  const html = await htmlReport({ metadata: { sptlab: someProvenance }, cells: [prose] }, { name: "n.ipynb" });
  expect(html).toMatch(/<p class="warning">Data are synthetic.*<\/p>/);
  expect(html).toContain("<dt>Parameters</dt><dd>seed = 7</dd>");
  expect(html.indexOf("<dt>Code</dt>")).toBeLessThan(html.indexOf("<h1>"));
  expect(html.indexOf(`<td>${someRun.id}</td>`)).toBeGreaterThan(html.indexOf("<h1>"));
});

test("prose is rendered, code is folded, and the facts are escaped", async () => {
  const html = await report([prose, cell("let x = a < b;\nx")]);
  expect(html).toContain("<h1>The <em>title</em></h1>");
  expect(html).toContain("<td>1</td>");
  expect(html).toMatch(/<details><summary>.*let x = a &lt; b;.*<\/summary><pre>/s);
  expect(html).toContain("<dt>Notebook</dt><dd>a&lt;b&gt;.ipynb</dd>");
});

test("a failed cell is open and shows its traceback without colour codes", async () => {
  const red = String.fromCharCode(27);
  const html = await report([
    cell("boom()", { output_type: "error", ename: "Error", evalue: "x", traceback: [`${red}[31mError${red}[0m: x`] }),
  ]);
  expect(html).toContain("<details open>");
  expect(html).toContain('<pre class="error">Error: x</pre>');
});

test("the title is the first heading without markup", () => {
  expect(titleOf({ metadata: {}, cells: [prose] })).toBe("The title");
  expect(titleOf({ metadata: {}, cells: [] })).toBe("Notebook");
});
