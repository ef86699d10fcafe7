/** The folders of the user in which the kernel keeps what outlives it. */

import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Where Jupyter looks for a user's kernels: JUPYTER_DATA_DIR, or its default on this system. */
export function userDataDirectory(): string {
  const { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return join(APPDATA ?? homedir(), "jupyter");
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}

/** Where Jupyter looks, first to last: JUPYTER_PATH, the user's folder, the active Python environment, and the system's. */
export function jupyterDataFolders(): string[] {
  const { JUPYTER_PATH = "", VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  const prefixes = [VIRTUAL_ENV ?? [], CONDA_PREFIX ?? [], "/usr/local", "/usr"].flat();
  return [
    ...JUPYTER_PATH.split(delimiter).filter((folder) => folder !== ""),
    userDataDirectory(),
    ...prefixes.map((prefix) => join(prefix, "share", "jupyter")),
  ];
}

/** Where logs and crash reports go: `sptlab` in XDG_STATE_HOME, or the system's counterpart. */
export function userStateDirectory(): string {
  const { XDG_STATE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_STATE_HOME) return join(XDG_STATE_HOME, "sptlab");
  if (process.platform === "darwin") return join(homedir(), "Library", "Logs", "sptlab");
  if (process.platform === "win32") return join(LOCALAPPDATA ?? homedir(), "sptlab", "log");
  return join(homedir(), ".local", "state", "sptlab");
}

/** Where goes what can be made again at any time: `sptlab` in XDG_CACHE_HOME, or the system's counterpart. */
export function userCacheDirectory(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, "sptlab");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "sptlab");
  if (process.platform === "win32") return join(LOCALAPPDATA ?? homedir(), "sptlab", "cache");
  return join(homedir(), ".cache", "sptlab");
}
