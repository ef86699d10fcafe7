/** The child processes of the worker: an interrupt reaches them, too, as Ctrl-C in a terminal would. */

import { readdirSync, readFileSync } from "node:fs";

/**
 * Process ids of the descendants of `pid` in its own process group: a child that was started `detached` is left out.
 * None where the system has no `/proc` that tells.
 */
export function descendants(pid: number): number[] {
  try {
    return childrenOf(pid)
      .filter((child) => groupOf(child) === groupOf(pid))
      .flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return []; // It ended meanwhile, or this is not Linux.
  }
}

function childrenOf(pid: number): number[] {
  const threads = `/proc/${pid}/task`;
  return readdirSync(threads).flatMap((thread) => {
    const children = readFileSync(`${threads}/${thread}/children`, "utf8");
    return children.split(" ").filter(Boolean).map(Number);
  });
}

/** The third field after the command's name, which may itself hold spaces and brackets. */
function groupOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2];
}
