/** The kernel as its users meet it: classic Notebook in Chromium, by its buttons and keys. One page, one step after another. */

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingPython, START_LIMIT_MS } from "../conformance/suite.js";
import { interruptsLoop } from "./interruptsLoop.js";
import { missingNotebook, NotebookPage } from "./notebookPage.js";

/** A step that takes longer has met a hang. */
const LIMIT_MS = 90_000;

/** The notebook of the first story computes; on a busy machine for minutes. */
const STORY_LIMIT_MS = 600_000;

interface NotebookCell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
}

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
const noWidgets = missing ?? missingPython("ipywidgets");
if (noWidgets !== null) console.log(`skipping the sliders of "classic Notebook": ${noWidgets}`);

function expectVisible(figures: readonly { readonly width: number; readonly height: number }[], count: number): void {
  expect(figures).toHaveLength(count);
  for (const { width, height } of figures) {
    expect(width).toBeGreaterThan(200);
    expect(height).toBeGreaterThan(100);
  }
}

describe.skipIf(missing !== null)("classic Notebook", { timeout: LIMIT_MS }, () => {
  let notebook: NotebookPage;
  beforeAll(async () => {
    notebook = await NotebookPage.open(CELLS);
  }, 2 * START_LIMIT_MS);
  afterAll(() => notebook?.close(), LIMIT_MS);

  it("runs all cells and draws the figure of `plot`", async () => {
    await notebook.runAll();
    await notebook.shows(notebook.cell(2), "48");
    expectVisible(await notebook.figures(notebook.cell(1)), 1);
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

  it.skipIf(noWidgets !== null)("draws the figure that follows a slider anew when it is dragged", async () => {
    const cell = await notebook.run(`const steps = await slider({ label: "steps", min: 1, max: 50, step: 1, value: 5 });
await follow([steps], (count) =>
  plot.lossCurves({
    title: \`Loss over \${count} steps\`, smoothing: 1,
    trainLoss: Array.from({ length: count }, (_, step) => 3 / (1 + step)),
  }),
);`);
    await notebook.shows(cell, "Loss over 5 steps");
    const value = await notebook.dragSlider(cell, 60);
    expect(Number(value)).toBeGreaterThan(5);
    await notebook.shows(cell, `Loss over ${value} steps`);
    expectVisible(await notebook.figures(cell), 1);
    await notebook.screenshot("slider");
    await notebook.shows(await notebook.run("steps.value"), value);
  });

  it("interrupts an endless loop by the stop button and keeps the state", async () => {
    await interruptsLoop(notebook, "interrupt-kernel", ["model.layers + 1", "25"]);
  });

  it("restarts the kernel by its button, with nothing left of the earlier state", async () => {
    const ready = notebook.page.evaluate(
      `new Promise((resolve) => Jupyter.notebook.events.one("kernel_ready.Kernel", () => resolve(null)))`,
    ); // The notice on the page is gone too soon to be waited for.
    await notebook.press("confirm-restart-kernel");
    await notebook.page.locator(".modal-dialog .btn-danger").click();
    await ready;
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

describe.skipIf(missing !== null)("notebook 01 in classic Notebook", { timeout: STORY_LIMIT_MS }, () => {
  let notebook: NotebookPage;
  let count = 0;
  beforeAll(async () => {
    const { cells } = JSON.parse(await readFile("notebooks/01-search.ipynb", "utf8")) as { cells: NotebookCell[] };
    const code = cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => [source].flat().join(""));
    code.splice(1, 0, "trainSize = 16;\nsearchSteps = 4;\nretrainSteps = 6;"); // Behind its parameters: less than `fast` asks.
    count = code.length;
    notebook = await NotebookPage.open(code);
  }, 2 * START_LIMIT_MS);
  afterAll(() => notebook?.close(), LIMIT_MS);

  it("runs from top to bottom and draws each figure", async () => {
    await notebook.runAll();
    await notebook.shows(notebook.cell(count - 1), "search record", STORY_LIMIT_MS);
    expect(await notebook.page.locator(".output_error").count()).toBe(0);
    const figures = { search: [3, 2], layers: [4, 1], retrain: [5, 1], scores: [8, 1] } as const;
    for (const [cell, shown] of Object.values(figures))
      expectVisible(await notebook.figures(notebook.cell(cell)), shown);
    await notebook.page.evaluate("Jupyter.notebook.scroll_to_top()");
    await notebook.screenshot("story-top");
    await notebook.cell(5).scrollIntoViewIfNeeded();
    await notebook.screenshot("story-middle");
    await notebook.cell(count - 1).scrollIntoViewIfNeeded();
    await notebook.screenshot("story-end");
  });
});
