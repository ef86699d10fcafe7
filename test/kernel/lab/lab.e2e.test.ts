/** `sptlab lab` in Chromium, by its buttons and keys: one page, one step after another. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingPython, START_LIMIT_MS } from "../conformance/suite.js";
import { interruptsLoop } from "../frontends/interruptsLoop.js";
import { LabPage, missingLab, notebookOf } from "./labPage.js";

/** A step that takes longer has met a hang. */
const LIMIT_MS = 90_000;

const NOTEBOOK = "notebooks/small.ipynb";

/** A PNG of one pixel. */
const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const CELLS = [
  `const model = { layers: 24, forward(x: number): number { return 2 * x; } };
function countTokens(text: string, limit = 8): number {
  return Math.min(text.split(" ").length, limit);
}`,
  'plot.lossCurves({ title: "Training loss", smoothing: 1, trainLoss: [3, 2, 1.5, 1.2, 1] })',
  `const layer = await widgets.slider({ label: "layer", min: 1, max: 12, step: 1, value: 2 });
await widgets.follow([layer], (chosen) => plot.lossCurves({ title: \`Layer \${chosen}\`, smoothing: 1, trainLoss: [chosen, 1] }));`,
  `display.latex("$$\\\\frac{1}{3}$$");
display.markdown("a **bold** word");
display.image(Buffer.from("${DOT}", "base64"));
aq.table({ task: ["sst2"], accuracy: [0.75] })`,
  "model.forward(model.layers)",
];

const missing = await missingLab();
if (missing !== null) console.log(`skipping "Lab": ${missing}`);

describe.skipIf(missing !== null)("Lab", { timeout: LIMIT_MS }, () => {
  let lab: LabPage;
  beforeAll(async () => {
    lab = await LabPage.open({ [NOTEBOOK]: notebookOf(CELLS) });
  }, START_LIMIT_MS);
  afterAll(() => lab?.close(), LIMIT_MS);

  const figure = (index: number) => lab.cell(index).locator(".sptlab-Figure .main-svg .gtitle").first();
  const slider = () => lab.cell(3).locator(".sptlab-Control input[type=range]");
  const dragTo = async (part: number): Promise<void> => {
    const box = await slider().boundingBox();
    if (box === null) throw new Error("expected the slider on the page");
    const at = (x: number): [number, number] => [box.x + box.width * x, box.y + box.height / 2];
    await lab.page.mouse.move(...at(0.1));
    await lab.page.mouse.down();
    await lab.page.mouse.move(...at(part), { steps: 10 });
    await lab.page.mouse.up();
  };

  it("offers our kernel first, and each notebook of `notebooks` by one click", async () => {
    const sections = lab.page.locator(".jp-Launcher-section");
    await lab.page.locator(".jp-LauncherCard", { hasText: "small" }).waitFor();
    const kernels = sections.filter({ has: lab.page.locator("h2", { hasText: /^Notebook$/ }) });
    expect(await kernels.locator(".jp-LauncherCard").first().textContent()).toContain("TypeScript (sptlab)");
    await lab.screenshot("launcher");
    expect(await lab.page.locator(".jp-Launcher").count()).toBe(1);
    await lab.page.locator(".jp-LauncherCard", { hasText: "small" }).click();
    await lab.idle();
    expect(await lab.notebook.locator(".jp-Toolbar-kernelName").textContent()).toContain("TypeScript (sptlab)");
  });

  it("runs all cells and draws figures, formulas, tables, text and pictures, with one plotly.js for the page", async () => {
    await lab.menu("Run", /^Run All Cells/);
    await lab.shows(lab.cell(5), "48");
    await figure(2).filter({ hasText: "Training loss" }).waitFor();
    await figure(3).filter({ hasText: "Layer 2" }).waitFor();
    await lab.cell(4).locator("mjx-container").first().waitFor();
    await lab.cell(4).locator("table td", { hasText: "sst2" }).waitFor();
    await lab.cell(4).locator("strong", { hasText: "bold" }).waitFor();
    await lab.cell(4).locator("img[src^='data:image/png']").waitFor();
    const size = await lab.cell(2).locator(".main-svg").first().boundingBox();
    expect(size?.width).toBeGreaterThan(200);
    expect(size?.height).toBeGreaterThan(100);
    expect(lab.requested.filter(({ pathname }) => pathname.includes("plotly"))).toHaveLength(1);
    await lab.screenshot("all-cells");
  });

  it("lets a figure follow a slider", async () => {
    await dragTo(0.99);
    await figure(3).filter({ hasText: "Layer 12" }).waitFor();
    await lab.screenshot("slider");
    await lab.shows(await lab.run("layer.value"), "12");
  });

  it("completes a member by Tab and shows a signature by Shift-Tab", async () => {
    await lab.type("model.");
    await lab.page.keyboard.press("Tab");
    const names = lab.page.locator(".jp-Completer-item .jp-Completer-match");
    await names.first().waitFor();
    expect(await names.allTextContents()).toEqual(expect.arrayContaining(["forward", "layers"]));
    await lab.screenshot("completion");
    await lab.page.keyboard.press("Escape");
    await lab.type("countTokens(");
    await lab.page.keyboard.press("Shift+Tab");
    await lab.page.locator(".jp-Tooltip", { hasText: "countTokens(text: string" }).waitFor();
    await lab.screenshot("tooltip");
    await lab.page.keyboard.press("Escape");
  });

  it("finds a word, and lists the headings", async () => {
    await lab.page.keyboard.press("Escape");
    await lab.page.keyboard.press("Control+f");
    await lab.page.locator(".jp-DocumentSearch-input").first().fill("countTokens");
    await lab.page.locator(".jp-DocumentSearch-index-counter", { hasText: "/2" }).waitFor();
    await lab.page.keyboard.press("Escape");
    await lab.page.locator(".jp-SideBar .lm-TabBar-tab[data-id=table-of-contents]").click();
    await lab.page.locator(".jp-TableOfContents", { hasText: "Its first part" }).waitFor();
    await lab.screenshot("contents");
  });

  it("asks for a line below the cell and hands it to `input`", async () => {
    const cell = await lab.run('const name = await input("Your name: ");\n"hello " + name');
    await cell.locator("input.jp-Stdin-input").fill("Ada");
    await cell.locator("input.jp-Stdin-input").press("Enter");
    await lab.shows(cell, "hello Ada");
  });

  it("interrupts an endless loop by the stop button and keeps the state", async () => {
    await interruptsLoop(lab, "interrupt", ["model.layers + 1", "25"]);
  });

  it("shows the variables of the session in the debugger panel, and stops at a breakpoint", async () => {
    await lab.notebook.locator(".jp-DebuggerBugButton").click();
    const variables = lab.page.locator(".jp-DebuggerVariables");
    await variables.filter({ hasText: "countTokens" }).waitFor();
    const cell = await lab.type("const first = 20;\nconst second = first + 1;\nfirst + second");
    await cell.locator(".cm-breakpoint-gutter .cm-gutterElement").nth(2).click();
    await cell.locator(".cm-content").click();
    await lab.page.keyboard.press("Control+Enter");
    await lab.page.locator(".jp-DebuggerCallstack-body li").first().waitFor();
    await variables.filter({ hasText: /first.*20/ }).waitFor();
    await lab.screenshot("debugger");
    await lab.page.locator("[data-command='debugger:continue']").click();
    await lab.shows(cell, "41");
    await lab.notebook.locator(".jp-DebuggerBugButton").click();
  });

  it("saves the outputs, the figure among them", async () => {
    await lab.save();
    const { cells } = await lab.saved(NOTEBOOK);
    expect(cells[2]?.outputs[0]).toHaveProperty(["data", "application/vnd.plotly.v1+json"]);
    expect(cells[5]?.outputs).toMatchObject([{ data: { "text/plain": ["48"] } }]);
  });

  it("has figures, sliders and the kernel's variables after the page is loaded again", async () => {
    await lab.page.reload();
    await lab.idle();
    await figure(2).filter({ hasText: "Training loss" }).waitFor();
    await lab.shows(await lab.run("model.layers + 2"), "26");
    await dragTo(0.01);
    await figure(3).filter({ hasText: "Layer 1" }).waitFor();
    await lab.screenshot("reload");
  });

  it("shows all outputs of a cell that runs while the page is loaded again", async () => {
    const cell = await lab.run(`import { existsSync } from "node:fs";
console.log("before");
while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
"after"`);
    await lab.shows(cell, "before");
    await lab.save();
    await lab.page.reload();
    await lab.shows(cell, "before");
    await writeFile(join(lab.folder, "notebooks", "go"), "");
    await lab.shows(cell, "after");
    await lab.idle();
    expect(await cell.locator(".jp-OutputArea-output").allTextContents()).toEqual(["before\n", "'after'"]);
    await lab.save();
  });

  it("restarts the kernel by its button, with nothing left of the earlier state", async () => {
    await lab.press("restart");
    await lab.page.locator(".jp-Dialog .jp-mod-accept").click();
    await lab.idle();
    await lab.shows(await lab.run("model.layers"), "Cannot find name 'model'");
    await lab.shows(await lab.run("const fresh: number = 6 * 7;\nfresh"), "42");
    await lab.shows(lab.cell(5), "48");
    await lab.shows(lab.cell(3), "slider, 1 to 12"); // Its text: the control went with the kernel.
  });

  it("has a dark theme", async () => {
    await lab.menu("Settings", "Theme", /^JupyterLab Dark$/);
    await lab.page.locator("body[data-jp-theme-name='JupyterLab Dark']").waitFor({ state: "attached" });
    await figure(2).scrollIntoViewIfNeeded();
    await lab.screenshot("dark");
  });

  it("prints 20,000 lines", async () => {
    const cell = await lab.run('for (let line = 1; line <= 20_000; line++) console.log("line", line);');
    await lab.shows(cell, "line 20000");
  });

  it("asked no other host for anything, and met no error", () => {
    const hosts = lab.requested.filter(({ protocol }) => /^(http|ws)/.test(protocol)).map(({ hostname }) => hostname);
    expect(new Set(hosts)).toEqual(new Set(["127.0.0.1"]));
    expect(lab.errors).toEqual([]);
  });
});

const missingPythonKernel = missing ?? missingPython("ipykernel");
if (missingPythonKernel !== null) console.log(`skipping "Lab with ipykernel": ${missingPythonKernel}`);

describe.skipIf(missingPythonKernel !== null)("Lab with ipykernel", { timeout: LIMIT_MS }, () => {
  let lab: LabPage;
  beforeAll(async () => {
    lab = await LabPage.open({ "python.ipynb": notebookOf(["x = 6 * 7", "x"], "python3") });
    await lab.goto("python.ipynb");
    await lab.idle();
  }, START_LIMIT_MS);
  afterAll(() => lab?.close(), LIMIT_MS);

  it("runs all cells", async () => {
    await lab.menu("Run", /^Run All Cells/);
    await lab.shows(lab.cell(2), "42");
    expect(await lab.page.locator(".jp-Launcher").count()).toBe(0); // The address named the notebook.
    await lab.screenshot("ipykernel");
  });

  it("interrupts and restarts", async () => {
    const cell = await lab.run('print("looping", flush=True)\nwhile True: pass');
    await lab.shows(cell, "looping");
    await lab.press("interrupt");
    await lab.shows(cell, "KeyboardInterrupt");
    await lab.press("restart");
    await lab.page.locator(".jp-Dialog .jp-mod-accept").click();
    await lab.idle();
    await lab.shows(await lab.run("x"), "NameError");
  });
});
