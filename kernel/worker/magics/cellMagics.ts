/** What the magics of a cell do, as its compiled code calls it. */

import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { inspect } from "node:util";
import type { DocumentedName, TypedName } from "../../magics/sessionTable.js";
import { display } from "../display.js";
import type { SessionScope } from "../sessionScope.js";
import { elapsedText, type StartedTime, startTime, timeit, timeitText } from "./timing.js";

/** Values of variables with such names are not shown in lists. */
const SECRET = /key|token|secret|pass|credential/i;

/** Characters of a value in `%who`. */
const VALUE_CHARS = 60;

/** Where `%cd` and `%cd -` go. */
export class Folders {
  readonly start = process.cwd();
  previous = process.cwd();
}

/** `__cell.magics` in compiled cells: one for each run of a cell. */
export class CellMagics {
  private readonly started: StartedTime[] = [];
  private wholeCell: StartedTime | null = null;

  constructor(
    private readonly scope: SessionScope,
    private readonly folders: Folders,
  ) {}

  /** Before what `%time` measures. */
  startTime(): void {
    this.started.push(startTime());
  }

  /** After it: tells the time, once a promise among the values has settled, and hands the value on. */
  async stopTime(value?: unknown): Promise<unknown> {
    const settled = await value;
    const start = this.started.pop();
    if (start !== undefined) process.stdout.write(`${elapsedText(start)}\n`);
    return settled;
  }

  /** `%timeit`. */
  async timeit(body: () => unknown, options: string): Promise<void> {
    process.stdout.write(`${timeitText(await timeit(body, options))}\n`);
  }

  /**
   * Any other magic.
   *
   * @param knowledge  JSON text of what the compiler knows for it
   */
  async run(name: string, argument: string, knowledge: string): Promise<void> {
    // The rare ones are loaded when they are used: the worker starts sooner.
    if (name === "!") await (await import("./shell.js")).runShell(argument);
    else if (name === "%cd") this.changeDirectory(argument);
    else if (name === "%env") this.environment(argument);
    else if (name === "%who") this.who(JSON.parse(knowledge) as TypedName[]);
    else if (name === "%help") await this.help(JSON.parse(knowledge) as DocumentedName[]);
    else if (name === "%reset") this.scope.reset();
    else if (name === "%%time") this.wholeCell = startTime();
    else if (name === "%typecheck" && argument !== "") process.stdout.write(`type errors: ${argument}\n`);
  }

  /** When the cell has come to its end. */
  cellEnded(): void {
    if (this.wholeCell !== null) process.stdout.write(`${elapsedText(this.wholeCell)}\n`);
  }

  private async help(globals: readonly DocumentedName[]): Promise<void> {
    const { helpBundle } = await import("./help.js");
    display(helpBundle(globals), { raw: true });
  }

  private changeDirectory(argument: string): void {
    const path = argument.replace(/^(["'])(.*)\1$/, "$2").replace(/^~(?=$|\/)/, homedir());
    const target = path === "" ? this.folders.start : path === "-" ? this.folders.previous : resolve(path);
    if (!existsSync(target) || !statSync(target).isDirectory()) {
      throw new Error(`%cd expects a folder that exists; got ${target}. The working folder is still ${process.cwd()}.`);
    }
    this.folders.previous = process.cwd();
    process.chdir(target);
    process.stdout.write(`${process.cwd()}\n`);
  }

  private environment(argument: string): void {
    const [, name = "", value] = /^([^=\s]*)(?:\s*=\s*(.*))?$/s.exec(argument) ?? [];
    if (value !== undefined) {
      process.env[name] = value;
      process.stdout.write(`${name}=${SECRET.test(name) ? "<hidden>" : value}\n`);
      return;
    }
    if (name !== "") {
      const found = process.env[name];
      if (found === undefined)
        throw new Error(`%env expects the name of a variable that is set; got ${name}. %env ${name}=value sets it.`);
      process.stdout.write(`${found}\n`);
      return;
    }
    const lines = Object.entries(process.env)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, text]) => `${key}=${SECRET.test(key) ? "<hidden>" : text}\n`);
    process.stdout.write(lines.join(""));
  }

  private who(names: readonly TypedName[]): void {
    if (names.length === 0) {
      process.stdout.write("no names yet\n");
      return;
    }
    const rows = names.map(({ name, type }) => [name, type, this.valueText(name, type)]);
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const lines = rows.map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
    process.stdout.write(`${lines.join("\n")}\n`);
  }

  /** One line of the value; nothing for types and functions, whose type says all. */
  private valueText(name: string, type: string): string {
    try {
      const value = this.scope.exports[name];
      if (value === undefined || typeof value === "function" || type === "namespace") return "";
      const limits = { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 10, maxStringLength: 100 };
      const line = inspect(value, limits).replace(/\s+/g, " ");
      return line.length > VALUE_CHARS ? `${line.slice(0, VALUE_CHARS - 1)}…` : line;
    } catch {
      return "not to be shown"; // Not initialised yet, or its own code throws.
    }
  }
}
