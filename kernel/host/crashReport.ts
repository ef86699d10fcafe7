/** What a crash of a part of the kernel leaves behind: a file that says where, with what, and what to do. */

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { userStateDirectory } from "../userFolders.js";
import { fileTime, type KernelLog, removeOld } from "./kernelLog.js";

/** The kernel's parts that can crash. */
export type KernelPart = "host" | "compiler" | "worker";

/** Report files kept. */
const KEPT_FILES = 20;

/** A kernel that fails again and again must not fill the disk. */
const MAX_REPORTS = 10;

/** What the user can do about a crash of each part. */
const ADVICE: Readonly<Record<KernelPart, string>> = {
  host: "The kernel goes on, but restart it when it behaves oddly.",
  compiler: "The compiler was started anew and knows the session's declarations. Run the cell again.",
  worker:
    "Code of a cell or a native package ended the process that runs the cells. Run the cells again, the last one in parts.",
};

/** Writes reports for one kernel. */
export class CrashReports {
  private written = 0;

  constructor(private readonly log: KernelLog) {}

  /**
   * Writes a report.
   *
   * @param error   what was thrown, or how the process ended
   * @param detail  the last that the part wrote to its standard error
   * @returns       one line for the user, with the file's path; empty when no file could be written
   */
  write(part: KernelPart, error: unknown, detail = ""): string {
    if (this.written++ >= MAX_REPORTS) return "";
    const report = {
      part,
      time: new Date().toISOString(),
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      ...(detail === "" ? {} : { standardError: detail }),
      whatToDo: `${ADVICE[part]} If it happens again, attach this file to a report; it holds no code of yours.`,
      versions: { sptlab: ownVersion(), ...process.versions },
      system: `${process.platform} ${process.arch}`,
      uptimeSeconds: Math.round(process.uptime()),
      hostMemoryBytes: process.memoryUsage(),
      lastMessages: this.log.recentMessages,
    };
    const folder = join(userStateDirectory(), "crash");
    const path = join(folder, `${fileTime()}-${part}-${process.pid}-${this.written}.json`);
    this.log.info("crash", { part, error: report.error, path });
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      removeOld(folder, KEPT_FILES - 1);
      writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    } catch (cause) {
      this.log.warn(`no crash report: ${(cause as Error).message}`);
      return "";
    }
    return `a report is in ${path}`;
  }
}

function ownVersion(): string {
  const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };
  return version;
}
