/** The kernel's own log: silent unless something is wrong, JSON lines in a file when SPTLAB_LOG asks for them. */

import { mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { userStateDirectory } from "../userFolders.js";
import type { Header, Json } from "../wire/message.js";

/** How much is written: `off` nothing at all, `info` no contents, `debug` contents too. */
export type LogLevel = "off" | "info" | "debug";

/** A message that passed a socket. */
export interface LoggedMessage {
  readonly direction: "in" | "out";
  readonly channel: string;
  readonly header: Header;
  /** Of the request that it answers. */
  readonly parent: Partial<Header>;
  readonly content: Json;
  /** All frames together. */
  readonly sizeBytes: number;
}

/** Messages kept for crash reports. */
const RECENT_MESSAGES = 20;

/** Log files kept in the default folder. */
const KEPT_FILES = 20;

/** How much of a message's content is written at `debug`. */
const MAX_CONTENT_CHARS = 2_000;

/** Writes the log, and remembers which messages came last. */
export class KernelLog {
  private readonly recent: string[] = [];
  private readonly arrivals = new Map<string, number>();
  private file: number | null = null;

  /**
   * @param level  null: warnings go to stderr, nothing else is written
   * @param path   where the lines go unless `level` is null or `off`
   */
  constructor(
    private readonly level: LogLevel | null,
    path: string,
  ) {
    if (level === null || level === "off") return;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      this.file = openSync(path, "a", 0o600);
    } catch (error) {
      process.stderr.write(`sptlab kernel: no log: ${(error as Error).message}\n`);
    }
  }

  /** The last messages, oldest first: time, direction, channel and type. */
  get recentMessages(): readonly string[] {
    return this.recent;
  }

  /** Something is wrong that the kernel survives. */
  warn(text: string): void {
    if (this.level === null) process.stderr.write(`sptlab kernel: ${text}\n`);
    else this.write("warning", text, {});
  }

  /** Something happened; `facts` hold no contents of cells. */
  info(event: string, facts: Json = {}): void {
    if (this.level !== null) this.write("info", event, facts);
  }

  /** A message went by. `ms` in the line of an answer is the time since its request came. */
  message(message: LoggedMessage): void {
    const { direction, channel, header, parent, content, sizeBytes } = message;
    const { msg_type, msg_id } = header;
    this.recent.push(`${new Date().toISOString()} ${direction} ${channel} ${msg_type}`);
    if (this.recent.length > RECENT_MESSAGES) this.recent.shift();
    if (this.file === null) return;
    const facts: Json = { direction, channel, msg_type, msg_id, sizeBytes };
    if (direction === "in") {
      this.arrivals.set(msg_id, performance.now());
    } else if (parent.msg_id !== undefined) {
      const arrived = this.arrivals.get(parent.msg_id);
      Object.assign(facts, { parent_id: parent.msg_id, ms: arrived && Math.round(performance.now() - arrived) });
      if (content.execution_state === "idle") this.arrivals.delete(parent.msg_id);
    }
    if (this.level === "debug") facts.content = JSON.stringify(content).slice(0, MAX_CONTENT_CHARS);
    this.write(this.level ?? "info", "message", facts);
  }

  private write(level: string, event: string, facts: Json): void {
    if (this.file === null) return;
    try {
      writeSync(this.file, `${JSON.stringify({ time: new Date().toISOString(), level, event, ...facts })}\n`);
    } catch {
      this.file = null; // The disk is full: a log must not stop the kernel.
    }
  }
}

/**
 * The log that the environment asks for: SPTLAB_LOG is the level, SPTLAB_LOG_FILE the file; without that one, a file
 * for this process in the user's state folder.
 *
 * @throws Error  when SPTLAB_LOG is none of the levels
 */
export function logFromEnvironment(): KernelLog {
  const { SPTLAB_LOG, SPTLAB_LOG_FILE } = process.env;
  if (!SPTLAB_LOG) return new KernelLog(null, "");
  if (SPTLAB_LOG !== "off" && SPTLAB_LOG !== "info" && SPTLAB_LOG !== "debug") {
    throw new Error(`SPTLAB_LOG must be off, info or debug; got "${SPTLAB_LOG}". Unset it, or name one of those.`);
  }
  if (SPTLAB_LOG_FILE || SPTLAB_LOG === "off") return new KernelLog(SPTLAB_LOG, SPTLAB_LOG_FILE ?? "");
  const folder = join(userStateDirectory(), "log");
  removeOld(folder, KEPT_FILES - 1);
  return new KernelLog(SPTLAB_LOG, join(folder, `${fileTime()}-kernel-${process.pid}.jsonl`));
}

/** The time as the start of a file's name: names sort by age. */
export function fileTime(): string {
  return new Date()
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replaceAll(":", "-");
}

/** Leaves the newest `kept` files of a folder whose names start with their time. */
export function removeOld(folder: string, kept: number): void {
  try {
    const old = readdirSync(folder).sort().slice(0, -kept);
    for (const name of old) rmSync(join(folder, name), { force: true });
  } catch {
    // No folder yet, or it is not ours to clean.
  }
}
