/** JupyterLab's front end: part of the published package; in a clone, built from `kernel/lab-ui` when it is first needed. */

import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Why there is no front end. */
export class FrontendError extends Error {
  override readonly name = "FrontendError";

  constructor(
    message: string,
    /** The npm registry could not be reached. */
    readonly isOffline: boolean,
  ) {
    super(message);
  }
}

/** Where the front end is, and who hears of its making. */
export interface FrontendOptions {
  /** Is told when a build begins and ends. */
  readonly print?: (line: string) => void;
  /** The folder of the package. */
  readonly packageFolder?: string;
}

/**
 * The folder of the built front end (see `kernel/lab-ui/build.js` for what it holds), built before if it is missing or older than
 * its sources. Packages come from the npm registry. Every build works in a folder of its own, so two at once do not disturb each
 * other; what an interrupted one leaves is removed by the next, which finds its downloads in npm's cache.
 *
 * @throws FrontendError  when it can be neither found nor built
 */
export async function ensureFrontend(options: FrontendOptions = {}): Promise<string> {
  const { print = () => undefined, packageFolder = fileURLToPath(new URL("../../../", import.meta.url)) } = options;
  const sources = join(packageFolder, "kernel", "lab-ui");
  const built = join(packageFolder, "dist", "lab-ui");
  const sourceTime = await newestChange(sources);
  if ((await timeOf(join(built, "manifest.json"))) > sourceTime) return built;
  if (sourceTime === 0) {
    throw new FrontendError(
      `The front end was expected in ${built} and is not there. Install the package again.`,
      false,
    );
  }
  print("building JupyterLab's front end, this once: its packages come from the npm registry, half a minute or so");
  const startedAt = performance.now();
  await build(sources, built);
  print(`the front end is built (${Math.round((performance.now() - startedAt) / 1000)} s)`);
  return built;
}

async function build(sources: string, built: string): Promise<void> {
  await mkdir(join(built, ".."), { recursive: true });
  await removeLeftovers(built);
  const work = await mkdtemp(`${built}-build-${process.pid}-`);
  try {
    await cp(sources, work, { recursive: true, filter: (path) => basename(path) !== "node_modules" });
    const retries = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];
    await npm(
      [
        "ci",
        "--ignore-scripts",
        "--include=optional",
        "--prefer-offline",
        "--dry-run=false", // `npm pack --dry-run` hands its own on
        "--loglevel=error",
        ...retries,
      ],
      work,
    );
    await run(process.execPath, ["build.js", "built"], work);
    await rm(built, { recursive: true, force: true });
    await rename(join(work, "built"), built).catch(async (error: unknown) => {
      if ((await timeOf(join(built, "manifest.json"))) === 0) throw error; // Otherwise another build was as fast.
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What builds left that did not come to their end. */
async function removeLeftovers(built: string): Promise<void> {
  const folder = join(built, "..");
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid] = /^lab-ui-build-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** npm as it runs us, or the one on the path. */
function npm(args: readonly string[], cwd: string): Promise<void> {
  const { npm_execpath } = process.env;
  return npm_execpath?.endsWith(".js") ? run(process.execPath, [npm_execpath, ...args], cwd) : run("npm", args, cwd);
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      shell: process.platform === "win32",
    });
    let printed = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    const fail = (reason: string): void => {
      const isOffline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/.test(reason);
      const advice = isOffline ? "The npm registry is needed once: try again when it can be reached." : "Try again.";
      reject(new FrontendError(`The front end could not be built: ${reason}\n${advice}`, isOffline));
    };
    child.once("error", ({ message }) => fail(message));
    child.once("close", (code) => {
      if (code === 0) resolve();
      else fail(`${command} ${args[0]} ended with ${code}: ${printed.trim().slice(-2000)}`);
    });
  });
}

/** When the last of the files below `folder` was changed, in ms; 0 where there are none. */
async function newestChange(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const times = entries.map((entry) => {
    if (entry.name === "node_modules") return 0;
    const path = join(folder, entry.name);
    return entry.isDirectory() ? newestChange(path) : timeOf(path);
  });
  return Math.max(0, ...(await Promise.all(times)));
}

async function timeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
