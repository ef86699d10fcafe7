/** Files, tabs and consoles of `sptlab lab` in Chromium, by the page's buttons, keys and menus: one step after another. */

import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { START_LIMIT_MS } from "../conformance/suite.js";
import { LabPage, missingLab, notebookOf } from "./labPage.js";

/** A step that takes longer has met a hang. */
const LIMIT_MS = 90_000;

const missing = await missingLab();
if (missing !== null) console.log(`skipping "Lab's files": ${missing}`);

describe.skipIf(missing !== null)("Lab's files", { timeout: LIMIT_MS }, () => {
  let lab: LabPage;
  beforeAll(async () => {
    lab = await LabPage.open({ "one.ipynb": notebookOf(["const name = 'one';"]), "two.ipynb": notebookOf(["name"]) });
  }, START_LIMIT_MS);
  afterAll(() => lab?.close(), LIMIT_MS);

  const entry = (name: string) => lab.page.locator(".jp-DirListing-item", { hasText: name });
  const tool = (name: string) => lab.page.locator(`.jp-FileBrowser-toolbar [data-jp-item-name="${name}"]`);
  const tab = (name: string) => lab.page.locator("#jp-main-dock-panel .lm-TabBar-tab", { hasText: name });
  const accept = () => lab.page.locator(".jp-Dialog .jp-mod-accept").click();
  const path = (...names: string[]) => join(lab.folder, ...names);
  const typeName = async (name: string): Promise<void> => {
    const editor = lab.page.locator(".jp-DirListing-editor");
    await editor.fill(name);
    await editor.press("Enter");
    await entry(name).waitFor();
  };

  it("makes a folder, and renames it", async () => {
    await tool("new-directory").click();
    await typeName("results");
    expect(existsSync(path("results"))).toBe(true);
    await entry("results").click();
    await lab.page.keyboard.press("F2");
    await typeName("scores");
    expect([existsSync(path("results")), existsSync(path("scores"))]).toEqual([false, true]);
  });

  it("uploads a file and downloads it, byte for byte", async () => {
    const text = 'text,label\r\n"süß, sauer",1\r\n';
    const [chooser] = await Promise.all([lab.page.waitForEvent("filechooser"), tool("uploader").click()]);
    await chooser.setFiles({ name: "rows.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await entry("rows.csv").waitFor();
    expect(await readFile(path("rows.csv"), "utf8")).toBe(text);
    await entry("rows.csv").click({ button: "right" });
    const item = lab.page.locator(".lm-Menu-item", { hasText: /^Download/ });
    const [download] = await Promise.all([lab.page.waitForEvent("download"), item.click()]);
    expect(await readFile(await download.path(), "utf8")).toBe(text);
  });

  it("deletes a file when that is confirmed", async () => {
    await entry("rows.csv").click();
    await lab.page.keyboard.press("Delete");
    await accept();
    await entry("rows.csv").waitFor({ state: "detached" });
    expect(existsSync(path("rows.csv"))).toBe(false);
  });

  it("runs notebooks side by side, each in a kernel of its own", async () => {
    await entry("one.ipynb").dblclick();
    await lab.idle();
    await lab.menu("Run", /^Run All Cells/);
    await lab.shows(await lab.run("name"), "'one'");
    await entry("two.ipynb").dblclick();
    await lab.idle();
    await lab.shows(await lab.run("name"), "Cannot find name 'name'");
    await lab.screenshot("tabs");
  });

  it("opens a console on a notebook's kernel, with its variables", async () => {
    await tab("one.ipynb").click();
    await lab.cell(0).click({ button: "right" });
    await lab.page.locator(".lm-Menu-item", { hasText: "New Console for Notebook" }).click();
    const prompt = lab.page.locator(".jp-CodeConsole-promptCell .cm-content");
    await prompt.click();
    await lab.page.keyboard.insertText("name.length");
    await lab.page.keyboard.press("Shift+Enter");
    await lab.page.locator(".jp-CodeConsole-content .jp-OutputArea-output", { hasText: "3" }).waitFor();
    await lab.screenshot("console");
    await lab.page.keyboard.press("Alt+w");
  });

  it("goes back to the checkpoint", async () => {
    await tab("two.ipynb").click();
    await lab.save();
    await lab.type("// not to be kept");
    await lab.menu("File", "Revert Notebook to Checkpoint");
    await accept();
    await lab.notebook.getByText("// not to be kept").waitFor({ state: "detached" });
    expect(await readFile(path("two.ipynb"), "utf8")).not.toContain("not to be kept");
  });

  it("notices that a file was changed on disk before it writes over it", async () => {
    await lab.type("// of the page");
    await writeFile(path("two.ipynb"), notebookOf(["'from elsewhere'"]));
    await lab.press("save");
    await lab.page.locator(".jp-Dialog", { hasText: "has changed on disk" }).waitFor();
    await lab.screenshot("changed-on-disk");
    await lab.page.locator(".jp-Dialog button", { hasText: "Revert" }).click();
    await lab.notebook.getByText("'from elsewhere'").waitFor();
    await lab.notebook.getByText("// of the page").waitFor({ state: "detached" });
  });

  it("says why a read-only file is not saved, and the old file stays", async () => {
    const before = await readFile(path("two.ipynb"), "utf8");
    await lab.type("// never on disk");
    await chmod(path("two.ipynb"), 0o444);
    await lab.press("save");
    await lab.page.locator(".jp-Dialog", { hasText: "read-only" }).waitFor();
    await lab.screenshot("read-only");
    await lab.page.locator(".jp-Dialog-button").click();
    await chmod(path("two.ipynb"), 0o644);
    expect(await readFile(path("two.ipynb"), "utf8")).toBe(before);
  });

  it("says so when a kernel is killed, and goes on with a new one", async () => {
    const cell = await lab.run("process.kill(process.ppid, 'SIGKILL');");
    await lab.page.locator(".jp-Dialog", { hasText: "Kernel Restarting" }).waitFor();
    await lab.screenshot("killed");
    await accept();
    await lab.idle();
    await lab.shows(await lab.run("40 + 2"), "42");
    expect(await cell.count()).toBe(1);
  });

  it("restarts and runs all cells by its button", async () => {
    await tab("one.ipynb").click();
    await lab.run(
      "const count = (globalThis as { count?: number }).count ?? 0;\nObject.assign(globalThis, { count: count + 1 });",
    );
    const cell = await lab.run("(globalThis as { count?: number }).count");
    await lab.shows(cell, "1");
    await lab.press("restart-and-run");
    await accept();
    await cell.locator(".jp-InputPrompt", { hasText: "[4]" }).waitFor();
    await lab.shows(cell, "1");
  });
});
