/** A report carries its notebook, so that it can be executed and compared from the report alone. */

import { type Notebook, type Output, readNotebook, writeNotebook } from "./notebook.js";
import { plotlyMime } from "./outputHtml.js";

const opening = '<script type="application/vnd.sptlab.notebook+json">';

/** A script element that no browser runs, with the notebook's JSON, without pictures: the page shows them. */
export function embedNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: withoutPictures(cell.outputs) } : cell,
  );
  const json = JSON.stringify(JSON.parse(writeNotebook({ ...notebook, cells })));
  return `${opening}${json.replace(/</g, "\\u003c")}</script>`;
}

/**
 * The notebook in a report.
 *
 * @param name  how messages call it
 * @throws Error  when the page carries none
 */
export function extractNotebook(html: string, name: string): Notebook {
  const start = html.lastIndexOf(opening);
  const end = html.indexOf("</script>", start);
  if (start >= 0 && end >= 0) return readNotebook(html.slice(start + opening.length, end), name);
  throw new Error(
    `${name} carries no notebook; expected a report by sptlab report, or sptlab run --html. Give the notebook itself.`,
  );
}

/** Outputs without what only shows the rest of their data: pictures, and the HTML of figures. */
export function withoutPictures(outputs: readonly Output[]): Output[] {
  return outputs.map((output) => {
    if (!("data" in output)) return output;
    const isFigure = plotlyMime in output.data;
    const kept = Object.entries(output.data).filter(
      ([mime]) => !/^(image|audio|video)\//.test(mime) && !(isFigure && mime === "text/html"),
    );
    return { ...output, data: Object.fromEntries(kept) };
  });
}
