/** A kernel's process, which ends with the server, however that ends. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { ConnectionInfo } from "../wire/connection.js";
import { writeAtomically } from "./atomicFile.js";
import type { KernelSpec } from "./kernelspecs.js";

/** What is kept of a kernel's own words on stderr, to say why it did not start. */
const MAX_STDERR = 4_000;

/**
 * Reads until the server's end closes its input, gives the kernel the time to notice by itself, and ends its group.
 * Kernels other than ours may watch no parent, or only one that becomes process 1.
 */
const MINDER = 'read -r _; sleep 2; kill -s KILL -- "-$1"';

/** Where and how a kernel starts. */
export interface LaunchOptions {
  readonly spec: KernelSpec;
  readonly connection: ConnectionInfo;
  readonly connectionFile: string;
  readonly cwd: string;
}

/** A running kernel process; on POSIX systems, the leader of its own group. */
export class KernelProcess {
  /** Resolves when the process has ended, with how. */
  readonly exited: Promise<string>;
  private stderr = "";
  private readonly minder: ChildProcess | null;

  private constructor(private readonly child: ChildProcess) {
    this.minder = child.pid === undefined || process.platform === "win32" ? null : mind(child.pid);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-MAX_STDERR);
    });
    this.exited = new Promise((resolve) => {
      child.once("error", (error) => resolve(this.ended(error.message)));
      child.once("exit", (code, signal) => resolve(this.ended(signal ?? `exit code ${code}`)));
    });
  }

  /** Writes the connection file, for the user's eyes only, and starts the kernel. */
  static async launch({ spec, connection, connectionFile, cwd }: LaunchOptions): Promise<KernelProcess> {
    await mkdir(dirname(connectionFile), { recursive: true, mode: 0o700 });
    await rm(connectionFile, { force: true });
    await writeAtomically(connectionFile, JSON.stringify(connection, null, 1), { mode: 0o600 });
    const [program = "", ...args] = spec.argv.map((word) => word.replaceAll("{connection_file}", connectionFile));
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...spec.env, JPY_PARENT_PID: String(process.pid) },
      stdio: ["ignore", "ignore", "pipe"],
      detached: process.platform !== "win32", // a group of its own: Ctrl-C in the terminal is for the server
    });
    return new KernelProcess(child);
  }

  /** Interrupts what runs, as Ctrl-C would. */
  interrupt(): void {
    this.signal("SIGINT");
  }

  /** Ends the process and what it has started. */
  kill(): void {
    this.signal("SIGKILL");
  }

  private signal(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, signal);
    } catch {
      // It has ended already.
    }
  }

  private ended(how: string): string {
    this.minder?.kill("SIGKILL");
    this.kill();
    return [how, this.stderr.trim()].filter((text) => text !== "").join(": ");
  }
}

function mind(pid: number): ChildProcess {
  const minder = spawn("/bin/sh", ["-c", MINDER, "sptlab-minder", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  minder.on("error", () => undefined); // no shell: kernels that watch their parent still end
  return minder;
}
