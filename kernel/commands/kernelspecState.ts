/** Whether Jupyter knows the kernel, and whether what it would start is this build. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { userDataDirectory } from "../userFolders.js";
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
 * Looks where Jupyter looks: JUPYTER_PATH, the user's folder, that of the active Python environment, and the system's.
 *
 * @param thisCli  the file that this build's kernelspec starts
 */
export async function findKernelspec(thisCli = kernelCommand()[1]): Promise<KernelspecState> {
  const { JUPYTER_PATH = "", VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  const prefixes = [VIRTUAL_ENV ?? [], CONDA_PREFIX ?? [], "/usr/local", "/usr"].flat();
  const folders = [
    ...JUPYTER_PATH.split(delimiter).filter((folder) => folder !== ""),
    userDataDirectory(),
    ...prefixes.map((prefix) => join(prefix, "share", "jupyter")),
  ];
  const path = folders
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
