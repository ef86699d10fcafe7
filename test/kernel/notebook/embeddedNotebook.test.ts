/** A report carries its notebook. */

import { expect, test } from "vitest";
import { embedNotebook, extractNotebook } from "../../../kernel/notebook/embeddedNotebook.js";
import { executedCell, figure, notebookOf, printed, shown } from "./executed.js";

test("what is extracted is what was embedded, closing tags and all", () => {
  const cells = [
    executedCell('display("</script><b>")', [printed("</script> <!-- 0.5"), shown({ "text/plain": "1" })]),
  ];
  const notebook = { metadata: { sptlab: { seed: 1 } }, cells };
  const html = `<p>before</p>${embedNotebook(notebook)}</body>`;
  expect(html.split("</script>")).toHaveLength(2);
  expect(extractNotebook(html, "r.html")).toEqual(notebook);
});

test("pictures stay out, figures keep their data, tables their HTML", () => {
  const table = "<table><tr><td>1</td></tr></table>";
  const notebook = notebookOf(
    figure([{ y: [1] }]),
    shown({ "text/html": table, "text/plain": "1" }),
    shown({ "image/png": "AAAA", "text/plain": "pic" }),
  );
  const [cell] = extractNotebook(embedNotebook(notebook), "r.html").cells;
  expect(cell?.cell_type === "code" && cell.outputs.map((output) => "data" in output && output.data)).toEqual([
    { "application/vnd.plotly.v1+json": { data: [{ y: [1] }], layout: {} }, "text/plain": "Figure" },
    { "text/html": table, "text/plain": "1" },
    { "text/plain": "pic" },
  ]);
});
