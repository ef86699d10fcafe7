/** `sptlab lab` as its users meet it: the built command, its address opened in headless Chromium. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { ensureFrontend, FrontendError } from "../../../kernel/lab/frontend.js";

const CHROMIUM = "/usr/bin/chromium";
const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];

/** How long one thing may take to show in the page; it only bounds a hang. */
const SHOW_MS = 60_000;

/** JupyterLab says this of its own cells. */
const HARMLESS = "CodeMirrorEditor already set.";

/** Pictures of the page for people to look at; git ignores the folder. */
const SCREENSHOTS = process.env.SPTLAB_SCREENSHOTS || join("runs", "screenshots");

/** Why this machine cannot open Lab; null when it can. Builds the front end where that was not done. */
export async function missingLab(): Promise<string | null> {
  if (!existsSync(CHROMIUM)) return `no ${CHROMIUM}`;
  try {
    await ensureFrontend({ packageFolder: process.cwd(), print: console.log });
    return null;
  } catch (error) {
    if (error instanceof FrontendError && error.isOffline) return error.message;
    throw error;
  }
}

/** The page, with the server and the browser behind it. */
export class LabPage {
  /** The addresses that the page asked for. */
  readonly requested: URL[] = [];
  /** What the page said went wrong. */
  readonly errors: string[] = [];

  private constructor(
    /** The folder that Lab shows. */
    readonly folder: string,
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    /** The page, for what has no method here. */
    readonly page: Page,
  ) {
    page.on("request", (request) => this.requested.push(new URL(request.url())));
    page.on("websocket", (socket) => this.requested.push(new URL(socket.url())));
    const note = (text: string) => text !== HARMLESS && this.errors.push(text);
    page.on("pageerror", ({ message }) => note(message));
    page.on("console", (message) => message.type() === "error" && note(message.text()));
  }

  /**
   * Starts Lab in a new folder with these files and opens the address that it prints.
   *
   * @param files        path to content
   * @param environment  for the server and its kernels, beside what they need
   * @throws Error  when the command ends without an address; the message has what it printed
   */
  static async open(
    files: Readonly<Record<string, string>>,
    environment: NodeJS.ProcessEnv = { SPTLAB_DEVICE: "cpu" },
  ): Promise<LabPage> {
    const home = await mkdtemp(join(tmpdir(), "sptlab-lab-"));
    const folder = join(home, "work");
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const { server, url } = await startLab(folder, home, environment);
    let browser: Browser | null = null;
    try {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
      const page = await browser.newPage({ viewport: { width: 1300, height: 2400 } });
      page.setDefaultTimeout(SHOW_MS);
      const lab = new LabPage(folder, server, browser, page);
      await page.goto(url);
      await page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
      return lab;
    } catch (error) {
      await browser?.close();
      await stop(server);
      throw error;
    }
  }

  /** The notebook in front. */
  get notebook(): Locator {
    return this.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");
  }

  /** Waits until the notebook has a kernel and it has nothing to do. */
  async idle(): Promise<void> {
    await this.notebook.locator(".jp-Toolbar-kernelName").filter({ hasNotText: "No Kernel" }).waitFor();
    await this.notebook.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").waitFor();
  }

  /** The cell at this place. */
  cell(index: number): Locator {
    return this.notebook.locator(`.jp-Cell[data-windowed-list-index="${index}"]`);
  }

  /** Adds a cell at the bottom and types into it; returns the cell. */
  async type(code: string): Promise<Locator> {
    await this.notebook.locator(".jp-Notebook-footer").click();
    const cell = this.notebook.locator(".jp-Cell.jp-mod-active.jp-mod-selected");
    await this.page.keyboard.press("Enter");
    await cell.locator(".cm-focused").waitFor();
    await this.page.keyboard.insertText(code);
    return this.cell(Number(await cell.getAttribute("data-windowed-list-index")));
  }

  /** Types a cell and runs it by Ctrl-Enter; returns the cell. */
  async run(code: string): Promise<Locator> {
    const cell = await this.type(code);
    await this.page.keyboard.press("Control+Enter");
    return cell;
  }

  /** Waits until the cell's outputs have this text. */
  async shows(cell: Locator, text: string | RegExp): Promise<void> {
    await cell.locator(".jp-OutputArea-output").filter({ hasText: text }).first().waitFor();
  }

  /** Picks an item of the menu bar. */
  async menu(name: string, ...items: readonly (string | RegExp)[]): Promise<void> {
    await this.page.locator(".lm-MenuBar-item", { hasText: name }).click();
    for (const item of items) await this.page.locator(".lm-Menu-item", { hasText: item }).first().click();
  }

  /** Presses a button of the notebook's toolbar. */
  async press(name: string): Promise<void> {
    await this.notebook.locator(`.jp-Toolbar-item[data-jp-item-name="${name}"]`).click();
  }

  /** Opens a file by its path, as a link to it would. */
  async goto(path: string): Promise<void> {
    await this.page.goto(new URL(`/lab/tree/${path}`, this.page.url()).href);
    await this.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
  }

  /** Saves the notebook by its button. */
  async save(): Promise<void> {
    await this.press("save");
    const dirtyTab = this.page.locator("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current.jp-mod-dirty");
    await dirtyTab.waitFor({ state: "detached" });
  }

  /** A notebook as it lies on disk. */
  async saved(path: string): Promise<{ cells: { outputs: object[] }[] }> {
    return JSON.parse(await readFile(join(this.folder, path), "utf8"));
  }

  /** Keeps a picture of the page. */
  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(SCREENSHOTS, `lab-${name}.png`) });
  }

  /** Ends the browser and the server with its kernels. */
  async close(): Promise<void> {
    await this.browser.close();
    await stop(this.server);
    await rm(join(this.folder, ".."), { recursive: true, force: true });
  }
}

/** A notebook of these code cells, after a heading. */
export function notebookOf(cells: readonly string[], kernel = "sptlab"): string {
  const code = { cell_type: "code", execution_count: null, metadata: {}, outputs: [] };
  const heading = {
    id: "heading",
    cell_type: "markdown",
    metadata: {},
    source: "# A small story\n\n## Its first part",
  };
  return JSON.stringify({
    cells: [heading, ...cells.map((source, index) => ({ id: `cell-${index}`, ...code, source }))],
    metadata: { kernelspec: { name: kernel, display_name: kernel } },
    nbformat: 4,
    nbformat_minor: 5,
  });
}

async function startLab(
  folder: string,
  home: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ server: ChildProcess; url: string }> {
  const env = {
    ...environment,
    PATH: process.env.PATH,
    HOME: home,
    JUPYTER_CONFIG_DIR: join(home, "config"),
    JUPYTER_DATA_DIR: join(home, "data"),
    JUPYTER_RUNTIME_DIR: join(home, "runtime"),
    SPTLAB_HISTORY: "off",
  };
  const command = ["dist/kernel/cli.js", "lab", folder, "--no-browser", "--port", "0"];
  const server = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  for await (const line of createInterface(server.stdout)) {
    if (line.startsWith("http://127.0.0.1:")) return { server, url: line };
    printed += `${line}\n`;
  }
  throw new Error(`expected \`sptlab lab\` to print an address; it printed: ${printed.trim()}`);
}

/** Ends the server, which ends its kernels first. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await ended;
}
