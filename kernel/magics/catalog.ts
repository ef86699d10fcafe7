/** The magics: lines of a cell that speak to the kernel. What they do is written here once, for `%help`, Tab and Shift-Tab. */

/** One magic. */
export interface MagicInfo {
  /** As it is written, such as `%time`. */
  readonly name: string;
  /** What follows it, in the notation of manual pages. */
  readonly usage: string;
  readonly help: string;
  /** Whether TypeScript follows, which the magic measures; otherwise the rest of the line is its argument. */
  readonly takesCode: boolean;
}

const line = (name: string, usage: string, help: string): MagicInfo => ({ name, usage, help, takesCode: false });
const code = (name: string, usage: string, help: string): MagicInfo => ({ name, usage, help, takesCode: true });

/** A magic with what follows it. */
export function synopsis({ name, usage }: MagicInfo): string {
  return name === "!" ? `${name}${usage}` : `${name} ${usage}`.trim();
}

/** All magics, in the order of `%help`. */
export const MAGICS: readonly MagicInfo[] = [
  code("%time", "STATEMENT", "Runs the statement once and tells its wall and CPU time; an expression keeps its value."),
  code(
    "%timeit",
    "[-n LOOPS] [-r RUNS] EXPRESSION",
    "Runs the expression in loops that last at least 0.2 s each and tells mean ± standard deviation, and the best run.",
  ),
  line("%%time", "", "As the first line: tells the time of the whole cell."),
  line("%env", "[NAME[=VALUE]]", "Lists the environment (secrets hidden), shows one variable, or sets it."),
  line(
    "%cd",
    "[FOLDER]",
    "Changes the working folder: files at once, imports from the next cell on. Without a folder, back to where the kernel started; - is the folder before.",
  ),
  line("%who", "", "Lists the names of the session with their types and values."),
  line(
    "%typecheck",
    "[error|warn|off]",
    "What a type error does from this cell on: stops the cell (the default), warns on stderr and runs it, or nothing. SPTLAB_TYPECHECK sets the start.",
  ),
  line("%reset", "", "Forgets all names of earlier cells."),
  line("%help", "", "Shows this help."),
  line("!", "COMMAND", "Runs a shell command and streams its output; a status other than 0 is told on stderr."),
];

/** The magic of that name. */
export function findMagic(name: string): MagicInfo | undefined {
  return MAGICS.find((magic) => magic.name === name);
}

/** What `%typecheck` accepts. */
export const TYPECHECK_MODES = ["error", "warn", "off"] as const;

/** What a type error does: it stops the cell, is told as a warning, or passes in silence. */
export type TypecheckMode = (typeof TYPECHECK_MODES)[number];

/** Whether `text` is a mode. */
export function isTypecheckMode(text: string | undefined): text is TypecheckMode {
  return TYPECHECK_MODES.some((mode) => mode === text);
}
