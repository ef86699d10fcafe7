/**
 * The history file: what was typed in all sessions, one JSON object a line. Several kernels append to it at once, each
 * record with one write in append mode; a record starts with the line break, so that it is whole even after a torn one.
 */

import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { userDataDirectory } from "../userFolders.js";

/** One input of one session; `output` is the text of its result, if it had one. */
export interface HistoryEntry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  readonly output: string | null;
}

/** A file of this size is put aside as the previous one (there is one), and a new one begun. */
const MAX_BYTES = 2 * 1024 * 1024;

/** Longer inputs are remembered in this session only. */
const MAX_INPUT_CHARS = 100_000;

/** A lock that is older was left behind by a kernel that died. */
const STALE_LOCK_MS = 10_000;

/** Only the user reads it. */
const MODE = 0o600;

/** Where the history is kept: SPTLAB_HISTORY, or a file in the user's Jupyter folder; null when that is `off`. */
export function historyPath(): string | null {
  const { SPTLAB_HISTORY } = process.env;
  if (SPTLAB_HISTORY === "off") return null;
  return SPTLAB_HISTORY || join(userDataDirectory(), "sptlab", "history.jsonl");
}

/** The part of a history file that this kernel writes, and all of it to read. */
export class HistoryFile {
  private readonly previousPath: string;
  private readonly id = randomUUID();
  private number: number | null = null;
  private tail: Promise<void> = Promise.resolve();
  private complained = false;

  /**
   * @param path      created on first use, with its folder
   * @param log       told once when it cannot be written; the kernel goes on without
   * @param maxBytes  when to begin a new file
   */
  constructor(
    private readonly path: string,
    private readonly log: (text: string) => void,
    private readonly maxBytes = MAX_BYTES,
  ) {
    this.previousPath = path.replace(/(\.[^./\\]+)?$/, ".previous$1");
  }

  /** Appends an input of this session. */
  addInput(line: number, input: string): void {
    if (input.length <= MAX_INPUT_CHARS) this.add({ line, input });
  }

  /** Appends the result of an input of this session. */
  addOutput(line: number, output: string): void {
    this.add({ line, output });
  }

  /**
   * The other sessions' entries, oldest first, and the number of this one: the next free one until it has an entry.
   * Damaged lines are left out.
   */
  async read(): Promise<{ readonly session: number; readonly others: readonly HistoryEntry[] }> {
    await this.tail;
    const files = await this.files();
    const entries = new Map<string, HistoryEntry>();
    for (const record of files.flatMap((file) => parseRecords(file))) {
      const { session, line, input, output } = record;
      if (typeof session !== "number" || typeof line !== "number" || session === this.number) continue;
      const key = `${session}:${line}`;
      const known = entries.get(key);
      if (typeof input === "string") entries.set(key, { session, line, input, output: null });
      else if (known !== undefined && typeof output === "string") entries.set(key, { ...known, output });
    }
    const others = [...entries.values()].sort((a, b) => a.session - b.session || a.line - b.line);
    return { session: this.number ?? countSessions(files) + 1, others };
  }

  /** Resolves when all that was added is written, or has failed. */
  flushed(): Promise<void> {
    return this.tail;
  }

  private add(record: object): void {
    this.tail = this.tail.then(async () => {
      try {
        await this.rotateIfLarge();
        this.number ??= await this.startSession();
        await this.append({ session: this.number, ...record });
      } catch (error) {
        if (!this.complained) this.log(`the history cannot be written: ${(error as Error).message}`);
        this.complained = true;
      }
    });
  }

  /** The place of this session's own record among those of all sessions is its number. */
  private async startSession(): Promise<number> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await this.append({ start: this.id });
    return countSessions(await this.files(), this.id);
  }

  private async append(record: object): Promise<void> {
    const bytes = Buffer.from(`\n${JSON.stringify(record)}`);
    const file = await open(this.path, "a", MODE);
    try {
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten < bytes.length) throw new Error("the disk is full");
    } finally {
      await file.close();
    }
  }

  /** One kernel at a time; the others go on appending to whichever file bears the name. */
  private async rotateIfLarge(): Promise<void> {
    if ((await sizeOf(this.path)) <= this.maxBytes) return;
    const lock = `${this.path}.lock`;
    const held = await open(lock, "wx", MODE).catch(() => null);
    if (held === null) {
      const { mtimeMs } = await stat(lock);
      if (Date.now() - mtimeMs > STALE_LOCK_MS) await rm(lock, { force: true });
      return;
    }
    try {
      if ((await sizeOf(this.path)) <= this.maxBytes) return;
      const base = countSessions(await this.files());
      await rename(this.path, this.previousPath);
      await this.append({ base });
    } finally {
      await held.close();
      await rm(lock, { force: true });
    }
  }

  /** The texts of the previous and the present file. */
  private files(): Promise<string[]> {
    return Promise.all([this.previousPath, this.path].map((path) => readFile(path, "utf8").catch(() => "")));
  }
}

/**
 * How many sessions began in `files`, given in their order, and before them.
 *
 * @param last  where to stop: the session with this id is counted, none after it
 */
function countSessions(files: readonly string[], last?: string): number {
  let count = 0;
  for (const file of files) {
    const records = parseRecords(file, (line) => line.startsWith('{"start"') || line.startsWith('{"base"'));
    // A file says how many sessions came before it, for when its predecessor is gone. Another kernel may have appended
    // its own record first.
    const base = records.find((record) => typeof record.base === "number")?.base;
    if (typeof base === "number") count = base;
    for (const { start } of records) {
      if (typeof start !== "string") continue;
      count += 1;
      if (start === last) return count;
    }
  }
  return count;
}

function parseRecords(text: string, isWanted: (line: string) => boolean = () => true): Record<string, unknown>[] {
  return text.split("\n").flatMap((line) => {
    if (line === "" || !isWanted(line)) return [];
    try {
      const record: unknown = JSON.parse(line);
      return typeof record === "object" && record !== null ? [record as Record<string, unknown>] : [];
    } catch {
      return []; // torn, or another program's
    }
  });
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
