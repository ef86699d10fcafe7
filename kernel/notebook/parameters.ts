/**
 * Parameters of a notebook, after papermill's conventions: the cell tagged `parameters` holds the defaults, and values
 * from outside go into a cell tagged `injected-parameters` right after it (or first, when there is no such cell).
 */

import { type Cell, type CodeCell, cellId, type Notebook } from "./notebook.js";

/** Parameter values by name; JSON values. */
export type Parameters = Readonly<Record<string, unknown>>;

const parametersTag = "parameters";
const injectedTag = "injected-parameters";

/**
 * Reads `name=value` settings. A value that is JSON is taken as such (`12`, `true`, `[1, 2]`, `"text"`), any other is text.
 * @throws Error  when a setting has no name or no `=`
 */
export function parseParameters(settings: readonly string[]): Record<string, unknown> {
  const pairs = settings.map((setting) => {
    const match = /^([A-Za-z_$][\w$]*)=([\s\S]*)$/.exec(setting);
    if (!match) throw new Error(`-p takes name=value, such as -p seed=1; got "${setting}".`);
    const [, name = "", value = ""] = match;
    return [name, jsonOr(value, value)];
  });
  return Object.fromEntries(pairs);
}

/**
 * The notebook with `values` injected; the given one is not changed. An injected cell of an earlier run is replaced.
 * A value whose default is text stays text (`-p name=12`).
 *
 * @throws Error  when a name is not declared in the parameters cell, or a value is not of its default's kind
 */
export function injectParameters(notebook: Notebook, values: Parameters): Notebook {
  const cells = notebook.cells.filter((cell) => !hasTag(cell, injectedTag));
  const place = cells.findIndex((cell) => hasTag(cell, parametersTag));
  if (Object.keys(values).length === 0) return { ...notebook, cells };
  const defaults = cells[place];
  const checked = defaults ? checkAgainst(defaultsOf(defaults.source), values) : values;
  const source = [
    "// Parameters",
    ...Object.entries(checked).map(([name, value]) => `let ${name} = ${JSON.stringify(value)};`),
  ];
  const injected: CodeCell = {
    cell_type: "code",
    id: cellId(injectedTag),
    metadata: { tags: [injectedTag] },
    source: source.join("\n"),
    execution_count: null,
    outputs: [],
  };
  return { ...notebook, cells: [...cells.slice(0, place + 1), injected, ...cells.slice(place + 1)] };
}

/** The values that an executed notebook ran with: defaults, and over them what was injected, where they are JSON. */
export function parametersOf(notebook: Notebook): Record<string, unknown> {
  const cells = [parametersTag, injectedTag].flatMap((tag) => notebook.cells.filter((cell) => hasTag(cell, tag)));
  const values = cells.flatMap(({ source }) => [...defaultsOf(source)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Names declared at the top level of a parameters cell, each with its default where that is written as JSON. */
export function defaultsOf(source: string): Map<string, unknown> {
  const declarations = source.matchAll(
    /^(?:let|const|var)\s+([A-Za-z_$][\w$]*)[^=\n]*=\s*([^\n]*?);?\s*(?:\/\/.*)?$/gm,
  );
  return new Map([...declarations].map(([, name = "", value = ""]) => [name, jsonOr(undefined, value)]));
}

function checkAgainst(defaults: ReadonlyMap<string, unknown>, values: Parameters): Parameters {
  const entries = Object.entries(values).map(([name, value]) => {
    if (!defaults.has(name)) {
      const known = [...defaults.keys()].join(", ") || "none";
      throw new Error(`The notebook has no parameter "${name}"; its parameters cell declares: ${known}.`);
    }
    const byDefault = defaults.get(name);
    if (typeof byDefault === "string" && typeof value !== "string") return [name, JSON.stringify(value)];
    const isOther = byDefault !== undefined && byDefault !== null && kindOf(value) !== kindOf(byDefault);
    if (isOther) {
      const expected = `a ${kindOf(byDefault)} (its default is ${JSON.stringify(byDefault)})`;
      throw new Error(`Parameter "${name}" must be ${expected}; got ${JSON.stringify(value)}.`);
    }
    return [name, value];
  });
  return Object.fromEntries(entries);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : typeof value;
}

function jsonOr(otherwise: unknown, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return otherwise;
  }
}

/** Whether a cell carries a tag. */
export function hasTag(cell: Cell, tag: string): boolean {
  const { tags } = cell.metadata;
  return Array.isArray(tags) && tags.includes(tag);
}
