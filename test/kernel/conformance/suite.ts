/** What the files of the conformance suite share: the installed kernelspec, one kernel per group, a limit per check. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe } from "vitest";
import { temporaryFolder } from "../../temporaryFolder.js";
import { JupyterDriver, type KernelOptions, PYTHON } from "./driver.js";

/** A check that takes longer has met a hang, also on a machine that is busy with other tests. */
const LIMIT_MS = 30_000;

/** The kernel starts in this time even then. */
export const START_LIMIT_MS = 120_000;

/** What the checks of a group are handed. */
export interface Session {
  /** The group's kernel; it starts before the first check. */
  readonly kernel: JupyterDriver;
  /** Folder with the installed kernelspec, for further kernels and clients. */
  readonly jupyterPath: string;
}

/** Why this machine cannot run the suite; null when it can. */
export function missingPython(module: string): string | null {
  if (!existsSync(PYTHON)) return `no ${PYTHON}`;
  try {
    execFileSync(PYTHON, ["-c", `import ${module}`], { stdio: "ignore" });
    return null;
  } catch {
    return `${PYTHON} has no module ${module}`;
  }
}

/**
 * A group of checks on one kernel, each with its own time limit; skipped, with the reason, without jupyter_client.
 *
 * @param body  registers the checks; `session` is filled in before the first runs
 */
export function conformance(name: string, options: KernelOptions, body: (session: Session) => void): void {
  const missing = missingPython("jupyter_client");
  if (missing !== null) console.log(`skipping "${name}": ${missing}`);
  describe.skipIf(missing !== null)(name, { timeout: LIMIT_MS }, () => {
    let kernel: JupyterDriver | null = null;
    let jupyterPath = "";
    beforeAll(async () => {
      jupyterPath = await installKernelspec();
      kernel = await JupyterDriver.start(jupyterPath, options);
      await kernel.execute("0", { silent: true }); // The compiler is there, too: the checks' limits are for the checks.
    }, START_LIMIT_MS);
    afterAll(() => kernel?.close());
    body({
      get kernel() {
        if (kernel === null) throw new Error("the kernel is there from the first check on; use it inside of one");
        return kernel;
      },
      get jupyterPath() {
        return jupyterPath;
      },
    });
  });
}

/**
 * Installs the kernelspec of this build in a new folder, as `sptlab install` does but for what it keeps for fast starts.
 * Returns what JUPYTER_PATH must be to find it.
 */
export async function installKernelspec(): Promise<string> {
  const built = pathToFileURL(join(process.cwd(), "dist/kernel/commands/install.js")).href;
  const { installKernelspec: install } = (await import(built)) as {
    installKernelspec(prefix: string): Promise<string>;
  };
  const prefix = temporaryFolder("sptlab-spec-");
  await install(prefix);
  return join(prefix, "share", "jupyter");
}
