/** The kernel as its users meet it: classic Notebook in Chromium, by its buttons and keys. One page, one step after another. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { START_LIMIT_MS } from "../conformance/suite.js";
import { missingNotebook, NotebookPage } from "./notebookPage.js";

/** A step that takes longer has met a hang. */
const LIMIT_MS = 90_000;

const CELLS = [
  `const model = { layers: 24, forward(x: number): number { return 2 * x; } };
function countTokens(text: string, limit = 8): number {
  return Math.min(text.split(" ").length, limit);
}`,
  'plot.lossCurves({ title: "Training loss", smoothing: 1, trainLoss: [3, 2, 1.5, 1.2, 1] })',
  "model.forward(model.layers)",
];

const missing = missingNotebook();
if (missing !== null) console.log(`skipping "classic Notebook": ${missing}`);

describe.skipIf(missing !== null)("classic Notebook", { timeout: LIMIT_MS }, () => {
  let notebook: NotebookPage;
  beforeAll(async () => {
    notebook = await NotebookPage.open(CELLS);
  }, 2 * START_LIMIT_MS);
  afterAll(() => notebook?.close(), LIMIT_MS);

  it("runs all cells and draws the figure of `plot`", async () => {
    await notebook.runAll();
    await notebook.shows(notebook.cell(2), "48");
    const figure = notebook.cell(1).locator(".output svg.main-svg").first();
    await figure.waitFor();
    const size = await figure.boundingBox();
    expect(size?.width).toBeGreaterThan(200);
    expect(size?.height).toBeGreaterThan(100);
    await notebook.shows(notebook.cell(1), "Training loss");
    await notebook.screenshot("figure");
  });

  it("completes a member of an earlier cell's value by Tab", async () => {
    await notebook.type("model.");
    await notebook.page.keyboard.press("Tab");
    const names = notebook.page.locator(".completions option");
    await names.first().waitFor();
    expect(await names.allTextContents()).toEqual(expect.arrayContaining(["forward", "layers"]));
    await notebook.screenshot("completion");
    await notebook.page.keyboard.press("Escape");
  });

  it("shows the signature of an earlier cell's function by Shift-Tab", async () => {
    await notebook.type("countTokens(");
    await notebook.page.keyboard.press("Shift+Tab");
    const signature = "countTokens(text: string, limit?: number | undefined): number";
    await notebook.page.locator("#tooltip").filter({ hasText: signature }).waitFor();
    await notebook.screenshot("tooltip");
    await notebook.page.keyboard.press("Escape");
  });

  it("asks for a line below the cell and hands it to `input`", async () => {
    const cell = await notebook.run('const name = await input("Your name: ");\n"hello " + name');
    const line = cell.locator("input.raw_input");
    await line.fill("Ada");
    await notebook.screenshot("input");
    await line.press("Enter");
    await notebook.shows(cell, "hello Ada");
  });

  it("interrupts an endless loop by the stop button and keeps the state", async () => {
    const cell = await notebook.run('console.log("looping");\nwhile (true) {}');
    await notebook.shows(cell, "looping");
    await notebook.press("interrupt-kernel");
    await notebook.shows(cell, "KeyboardInterrupt");
    await notebook.shows(await notebook.run("model.layers + 1"), "25");
    await notebook.screenshot("interrupt");
  });

  it("restarts the kernel by its button, with nothing left of the earlier state", async () => {
    await notebook.press("confirm-restart-kernel");
    await notebook.page.locator(".modal-dialog .btn-danger").click();
    await notebook.page.locator("#notification_kernel").filter({ hasText: "Kernel ready" }).waitFor();
    const cell = await notebook.run("const fresh: number = 6 * 7;\nfresh");
    await notebook.shows(cell, "42");
    expect(await cell.locator(".output_prompt").textContent()).toBe("Out[1]:");
    await notebook.shows(await notebook.run("model.layers"), "Cannot find name 'model'");
    await notebook.screenshot("restart");
  });

  it("saves the outputs, the figure among them", async () => {
    await notebook.press("save-notebook");
    await notebook.page.waitForFunction("!Jupyter.notebook.dirty");
    const saved = JSON.parse(await notebook.saved()) as { cells: { outputs: object[] }[] };
    expect(saved.cells[1]?.outputs[0]).toHaveProperty(["data", "application/vnd.plotly.v1+json"]);
    expect(saved.cells[2]?.outputs).toMatchObject([{ data: { "text/plain": ["48"] }, execution_count: 3 }]);
  });
});
