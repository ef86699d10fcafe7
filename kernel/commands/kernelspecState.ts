/** Whether Jupyter knows the kernel, and whether what it would start is this build. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { jupyterDataFolders } from "../userFolders.js";
import { kernelCommand } from "./install.js";

/** The kernelspec `sptlab` that Jupyter finds first. */
export interface KernelspecState {
  readonly state: "installed" | "absent" | "other build" | "broken";
  /** The kernel.json; empty when there is none. */
  readonly path: string;
  /** What to do; empty when nothing is. */
  readonly advice: string;
}

/**
 * Looks where Jupyter looks.
 *
 * @param thisCli  the file that this build's kernelspec starts
 */
export async function findKernelspec(thisCli = kernelCommand()[1]): Promise<KernelspecState> {
  const path = jupyterDataFolders()
    .map((folder) => join(folder, "kernels", "sptlab", "kernel.json"))
    .find((file) => existsSync(file));
  if (path === undefined) return { state: "absent", path: "", advice: "Run `sptlab install`." };
  const [node, cli] = await readArgv(path);
  if (node === undefined || cli === undefined || !existsSync(node) || !existsSync(cli)) {
    return { state: "broken", path, advice: "It names no files that exist. Run `sptlab install` again." };
  }
  if (cli === thisCli) return { state: "installed", path, advice: "" };
  return { state: "other build", path, advice: `It starts ${cli}. Run \`sptlab install\` to let it start this one.` };
}

async function readArgv(path: string): Promise<readonly (string | undefined)[]> {
  try {
    const { argv } = JSON.parse(await readFile(path, "utf8")) as { readonly argv?: unknown };
    return Array.isArray(argv) ? argv.filter((item) => typeof item === "string") : [];
  } catch {
    return []; // broken
  }
}
