/** `!command`: a shell command whose output streams into the cell. */

import { spawn } from "node:child_process";
import { setTimeout } from "node:timers";
import { requireLiveCell } from "../cellContext.js";

/** A command that ignores SIGINT is ended by force after this time. */
const KILL_AFTER_MS = 1_000;

/**
 * Runs `command` in the user's shell and waits for it. An interrupt of the cell is sent on to all its processes.
 * A status other than 0 is told on stderr; it does not fail the cell.
 */
export async function runShell(command: string): Promise<void> {
  const { signal } = requireLiveCell().controller;
  // A group of its own, so that an interrupt reaches what the shell started.
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const kill = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended by itself.
    }
  };
  const onAbort = (): void => {
    kill("SIGINT");
    setTimeout(() => kill("SIGKILL"), KILL_AFTER_MS).unref();
  };
  signal.addEventListener("abort", onAbort);
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => process[name].write(text));
  }
  const ended = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, by) =>
      resolve(by === null ? (code === 0 ? "" : `exit status ${code}`) : `ended by ${by}`),
    );
  });
  signal.removeEventListener("abort", onAbort);
  if (ended !== "") process.stderr.write(`[${ended}] ${command}\n`);
}
