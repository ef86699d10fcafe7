/** What a process and all that it started take of the machine, read from Linux's /proc. */

import { readdir, readFile } from "node:fs/promises";

/** Linux counts CPU time in these units, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** Sums over a process tree. */
export interface TreeUsage {
  /** Resident pages; a page that two processes share counts twice. */
  readonly rssMb: number;
  /** Resident pages, each divided by the number of processes that share it. */
  readonly pssMb: number;
  /** User and system time so far. */
  readonly cpuMs: number;
  readonly processes: number;
}

/**
 * Sums over `pid` and its descendants that live.
 *
 * @throws Error  where there is no /proc, or when the process has ended
 */
export async function treeUsage(pid: number): Promise<TreeUsage> {
  const pids = await descendants(pid);
  const each = await Promise.all(pids.map(usage));
  const sum = (pick: (one: Usage) => number): number => each.reduce((total, one) => total + pick(one), 0);
  return {
    rssMb: sum(({ rssKb }) => rssKb) / 1024,
    pssMb: sum(({ pssKb }) => pssKb) / 1024,
    cpuMs: sum(({ cpuMs }) => cpuMs),
    processes: pids.length,
  };
}

interface Usage {
  readonly rssKb: number;
  readonly pssKb: number;
  readonly cpuMs: number;
}

async function descendants(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8")));
  const children = lists.flatMap((list) => list.split(" ").filter((text) => text.trim() !== ""));
  const below = await Promise.all(children.map((child) => descendants(Number(child))));
  return [pid, ...below.flat()];
}

async function usage(pid: number): Promise<Usage> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from field 3: a name may hold spaces
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { rssKb: kilobytes("Rss"), pssKb: kilobytes("Pss"), cpuMs: (ticks * 1000) / TICKS_PER_SECOND };
}
