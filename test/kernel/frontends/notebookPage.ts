/** A notebook opened in classic Notebook: Debian's server on loopback, its page in headless Chromium. */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { PYTHON } from "../conformance/driver.js";
import { installKernelspec, missingPython, START_LIMIT_MS } from "../conformance/suite.js";

const CHROMIUM = "/usr/bin/chromium";
const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];

/** How long one thing may take to show in the page; it only bounds a hang. */
const SHOW_MS = 60_000;

/** Why this machine cannot open classic Notebook; null when it can. */
export function missingNotebook(): string | null {
  return existsSync(CHROMIUM) ? missingPython("notebook") : `no ${CHROMIUM}`;
}

/** The page of one notebook, with the server and the browser behind it. */
export class NotebookPage {
  private constructor(
    private readonly folder: string,
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    /** The page, for what has no method here. */
    readonly page: Page,
  ) {}

  /**
   * Opens a notebook of these code cells with the installed kernelspec, and waits until its kernel is connected.
   *
   * @throws Error  when the server ends or does not answer; the message has what it printed
   */
  static async open(cells: readonly string[]): Promise<NotebookPage> {
    const folder = await mkdtemp(join(tmpdir(), "sptlab-notebook-"));
    await writeFile(join(folder, "small.ipynb"), JSON.stringify(notebookOf(cells)));
    const token = randomUUID();
    const { server, url } = await startServer(folder, token);
    let browser: Browser | null = null;
    try {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
      const page = await browser.newPage({ viewport: { width: 1200, height: 1400 } });
      page.setDefaultTimeout(SHOW_MS);
      await page.goto(`${url}/notebooks/small.ipynb?token=${token}`);
      await page.waitForFunction("window.Jupyter?.notebook?.kernel?.is_connected()", null, { timeout: START_LIMIT_MS });
      return new NotebookPage(folder, server, browser, page);
    } catch (error) {
      await browser?.close();
      await stopServer(server);
      throw error;
    }
  }

  /** Runs all cells through the Cell menu. */
  async runAll(): Promise<void> {
    await this.page.locator("#celllink").click();
    await this.page.locator("#run_all_cells a").click();
  }

  /** Adds a cell at the bottom and types into it; returns the cell. */
  async type(code: string): Promise<Locator> {
    await this.page.evaluate(`{
      const { notebook } = Jupyter;
      notebook.insert_cell_at_bottom("code");
      notebook.select(notebook.ncells() - 1);
      notebook.scroll_to_bottom();
      notebook.edit_mode();
    }`);
    await this.page.keyboard.insertText(code);
    return this.cell((await this.page.locator(".code_cell").count()) - 1);
  }

  /** Types a cell and runs it by Ctrl-Enter; returns the cell. */
  async run(code: string): Promise<Locator> {
    const cell = await this.type(code);
    await this.page.keyboard.press("Control+Enter");
    return cell;
  }

  /** The code cell at this place. */
  cell(index: number): Locator {
    return this.page.locator(".code_cell").nth(index);
  }

  /** Waits until the cell's outputs have this text. */
  async shows(cell: Locator, text: string | RegExp, timeout = SHOW_MS): Promise<void> {
    await cell.locator(".output").filter({ hasText: text }).waitFor({ timeout });
  }

  /** Waits for the figures that the cell's outputs hold, and returns their sizes on the page, in pixels. */
  async figures(cell: Locator): Promise<{ readonly width: number; readonly height: number }[]> {
    const figures = cell.locator(".output .js-plotly-plot");
    await figures.locator("svg.main-svg").first().waitFor();
    const boxes = await Promise.all((await figures.all()).map((figure) => figure.boundingBox()));
    return boxes.map((box) => box ?? { width: 0, height: 0 });
  }

  /** Drags the handle of the cell's slider to the right, by so many pixels, and returns the value it shows then. */
  async dragSlider(cell: Locator, pixels: number): Promise<string> {
    const { mouse } = this.page;
    const box = await cell.locator(".ui-slider-handle").boundingBox();
    const [x, y] = box === null ? [0, 0] : [box.x + box.width / 2, box.y + box.height / 2];
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + pixels, y, { steps: 20 });
    await mouse.up();
    return (await cell.locator(".widget-readout").textContent()) ?? "";
  }

  /** Presses a button of the toolbar, by the name of its action. */
  async press(action: string): Promise<void> {
    await this.page.locator(`#maintoolbar button[data-jupyter-action="jupyter-notebook:${action}"]`).click();
  }

  /** The notebook as it lies on disk. */
  async saved(): Promise<string> {
    return readFile(join(this.folder, "small.ipynb"), "utf8");
  }

  /** Keeps a picture of the page in the folder SPTLAB_SCREENSHOTS; does nothing without one. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env.SPTLAB_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: join(folder, `classic-notebook-${name}.png`) });
  }

  /** Ends the browser, the kernel and the server. */
  async close(): Promise<void> {
    await this.browser.close();
    await stopServer(this.server);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function startServer(folder: string, token: string): Promise<{ server: ChildProcess; url: string }> {
  const port = await freePort();
  const flags = ["--no-browser", "--allow-root", "--ip=127.0.0.1", `--port=${port}`, "--NotebookApp.port_retries=0"];
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    JUPYTER_PATH: await installKernelspec(),
    JUPYTER_CONFIG_DIR: join(folder, "config"),
    JUPYTER_DATA_DIR: join(folder, "data"),
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    JUPYTER_TOKEN: token,
    SPTLAB_HISTORY: "off",
  };
  const arguments_ = ["-W", "ignore", "-m", "notebook", ...flags];
  const server = spawn(PYTHON, arguments_, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const url = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end && server.exitCode === null; await delay(100)) {
    const answer = await fetch(`${url}/api`).catch(() => null); // Refused until the server listens.
    if (answer?.ok) return { server, url };
  }
  await stopServer(server);
  throw new Error(`expected the notebook server to answer at ${url}; it printed: ${printed.trim()}`);
}

/** Ends the server, which ends its kernels first. */
async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function notebookOf(cells: readonly string[]): object {
  const code = { cell_type: "code", execution_count: null, metadata: {}, outputs: [] };
  return {
    cells: cells.map((source) => ({ ...code, source })),
    metadata: { kernelspec: { name: "sptlab", display_name: "TypeScript (sptlab)", language: "typescript" } },
    nbformat: 4,
    nbformat_minor: 4,
  };
}
