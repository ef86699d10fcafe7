/** `%help`: magics, globals and keys, as Markdown and as text. */

import { MAGICS, synopsis } from "../../magics/catalog.js";
import type { DocumentedName } from "../../magics/sessionTable.js";
import type { MimeBundle } from "../mimeBundle.js";

/** The packages that cells can name; they are modules, so they carry no comment that the compiler could read. */
const PACKAGES = [
  ["spt", 'Selective Prompt Tuning: all of `import … from "sptlab"`.'],
  ["tf", "TensorFlow.js, on the device of the kernel."],
  ["aq", "Arquero: tables. A table as the last expression is shown, 50 rows at a time."],
  ["plot", "Figures that work offline."],
] as const;

/** Keys and habits of every front end. */
const SHORTCUTS = [
  ["Tab", "Completes names, members, magics."],
  ["Shift-Tab", "Shows the type and documentation at the cursor."],
  ["I, I (command mode)", "Interrupts the cell: loops, awaits and shell commands; variables stay."],
  ["0, 0 (command mode)", "Restarts the kernel."],
  ["last expression", "Is shown, with or without a semicolon; undefined is not. `void f()` shows nothing."],
] as const;

type Row = readonly [string, string];

/** The help as a MIME bundle. */
export function helpBundle(globals: readonly DocumentedName[]): MimeBundle {
  const sections: readonly (readonly [string, readonly Row[]])[] = [
    ["Magics", MAGICS.map((magic): Row => [synopsis(magic), magic.help])],
    ["Globals", [...globals.map(({ name, help }): Row => [name, help]), ...PACKAGES]],
    ["Keys and rules", SHORTCUTS],
  ];
  const markdown = sections.map(([title, rows]) => {
    const lines = rows.map(([name, help]) => `| \`${name.replace(/\|/g, "\\|")}\` | ${help.replace(/\|/g, "\\|")} |`);
    return [`### ${title}`, "", "| | |", "|---|---|", ...lines].join("\n");
  });
  const plain = sections.map(([title, rows]) => {
    const width = Math.min(34, Math.max(...rows.map(([name]) => name.length)));
    return [title, ...rows.map(([name, help]) => `  ${name.padEnd(width)}  ${help.replace(/`/g, "")}`)].join("\n");
  });
  return { "text/markdown": markdown.join("\n\n"), "text/plain": plain.join("\n\n") };
}
