/** The first notebook in `sptlab lab`, in its fast mode: from the launcher's card to the saved result, as a newcomer runs it. */

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { START_LIMIT_MS } from "../conformance/suite.js";
import { LabPage, missingLab } from "./labPage.js";

/** A minute on two cores with nothing else to do; it only bounds a hang. */
const LIMIT_MS = 10 * 60_000;

const NOTEBOOK = "notebooks/01-search.ipynb";

const missing = await missingLab();
if (missing !== null) console.log(`skipping "Lab's first notebook": ${missing}`);

describe.skipIf(missing !== null)("Lab's first notebook", { timeout: LIMIT_MS }, () => {
  let lab: LabPage;
  let cells: { readonly cell_type: string }[];
  beforeAll(async () => {
    const notebook = JSON.parse(await readFile(NOTEBOOK, "utf8"));
    for (const cell of notebook.cells) {
      cell.source = [cell.source].flat().join("").replace("let fast = false;", "let fast = true;");
      if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
    }
    cells = notebook.cells;
    lab = await LabPage.open({ [NOTEBOOK]: JSON.stringify(notebook) }, {});
  }, START_LIMIT_MS);
  afterAll(() => lab?.close(), LIMIT_MS);

  it("is one click away, runs to its end without an error, and is saved with its figures", async () => {
    await lab.page.locator(".jp-LauncherCard", { hasText: "01-search" }).click();
    await lab.idle();
    await lab.menu("Run", /^Run All Cells/);
    const indexes = cells.flatMap(({ cell_type }, index) => (cell_type === "code" ? [index] : []));
    const last = lab.cell(indexes.at(-1) ?? 0).locator(".jp-OutputArea-output");
    const failed = lab.notebook.locator(
      "[data-mime-type='application/vnd.jupyter.stderr'], .jp-RenderedText .ansi-red-fg",
    );
    await last.or(failed).first().waitFor({ timeout: LIMIT_MS });
    await lab.idle();
    expect(await failed.allTextContents()).toEqual([]);
    await lab.screenshot("first-notebook");
    await lab.save();
    const saved = (await lab.saved(NOTEBOOK)).cells.flatMap(({ outputs = [] }) => outputs) as {
      readonly output_type: string;
      readonly data?: object;
    }[];
    expect(saved.filter(({ output_type }) => output_type === "error")).toEqual([]);
    const figures = saved.filter(({ data = {} }) => "application/vnd.plotly.v1+json" in data);
    expect(figures.length).toBeGreaterThanOrEqual(4);
    expect(lab.errors).toEqual([]);
  });
});
