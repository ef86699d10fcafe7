/** `sptlab lab`: JupyterLab in the browser. */

import { spawn } from "node:child_process";
import type { Command } from "commander";
import type { LabServer } from "../lab/labServer.js";
import { number } from "./numbers.js";

/** The second Ctrl-C has to come within this time. */
const CONFIRM_MS = 5_000;

interface LabFlags {
  readonly port?: number;
  readonly browser: boolean;
}

/** Adds the command. */
export function registerLab(program: Command): void {
  program
    .command("lab")
    .description("open JupyterLab in the browser, with this kernel and those that Jupyter knows")
    .argument("[dir]", "the folder that it shows", ".")
    .option("--port <number>", "port of 127.0.0.1 (default: the first free one from 8888)", number)
    .option("--no-browser", "only print the address")
    .action(run);
}

async function run(root: string, { port, browser }: LabFlags): Promise<void> {
  const [{ startLabServer }, { ensureFrontend }] = await Promise.all([
    import("../lab/labServer.js"),
    import("../lab/frontend.js"),
  ]);
  const frontend = await ensureFrontend({ print: (line) => console.error(line) });
  const server = await startLabServer({ root, frontend, port, log: (text) => console.error(text) });
  stopOnSignals(server);
  console.log(server.url);
  if (browser) openBrowser(server.url);
  await server.closed;
}

/** Ctrl-C asks once, since variables of running kernels are lost; other signals end the server at once. */
export function stopOnSignals(server: LabServer): void {
  let askedAt = Number.NEGATIVE_INFINITY;
  const stop = (): void => {
    console.error("Stopping.");
    void server.close();
  };
  process.on("SIGINT", () => {
    const isConfirmed = performance.now() - askedAt < CONFIRM_MS;
    const count = server.kernelCount();
    if (isConfirmed || count === 0) return stop();
    askedAt = performance.now();
    console.error(
      `\n${count === 1 ? "A kernel runs" : `${count} kernels run`}. Ctrl-C again within 5 s stops everything.`,
    );
  });
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
}

function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url.replaceAll("&", "^&")]
        : ["xdg-open", url];
  const child = spawn(program ?? "", args, { stdio: "ignore", detached: true });
  child.on("error", () => undefined); // no browser to open: the address is on the screen
  child.unref();
}
