import ts from "typescript";
import { expect, it } from "vitest";
import { completeness } from "../../../kernel/compiler/completeness.js";
import { mergeDeclarations, namesOfTypes } from "../../../kernel/compiler/declarations.js";

it("gives names that a failed cell never initialised their old declaration, and drops new ones", () => {
  const previous = "declare let a: string, b: string;\ndeclare function f(): void;\n";
  const next =
    "declare const a: number, c: number;\ndeclare let live: number;\ninterface Row { x: number }\ndeclare let b: string;\n";
  const own = new Set(["a", "c", "live", "Row"]);
  const merged = mergeDeclarations(ts, previous, { base: previous, declarations: next, own }, ["a", "c"]);
  expect(merged).toContain("declare let a: string;");
  expect(merged).toContain("declare let live: number;");
  expect(merged).toContain("declare let b: string;");
  expect(merged).toContain("interface Row { x: number }");
  expect(merged).not.toContain("number, c");
  expect(merged).not.toContain("declare const a");
});

it("is the new text unchanged when every name is alive", () => {
  const compiled = { base: "declare let a: string;", declarations: "declare let a: number;", own: new Set(["a"]) };
  expect(mergeDeclarations(ts, compiled.base, compiled, [])).toBe("declare let a: number;");
});

it("keeps what another shell declared while the cell was under way", () => {
  const base = "declare let a: string;\ndeclare let old: string;\n";
  const current = "declare let old: boolean;\ndeclare let a: string;\ndeclare let theirs: boolean;\n";
  const compiled = { base, declarations: `declare let mine: number;\n${base}`, own: new Set(["mine"]) };
  const merged = mergeDeclarations(ts, current, compiled, []);
  for (const line of [...current.trim().split("\n"), "declare let mine: number;"]) expect(merged).toContain(line);
  expect(merged).not.toContain("declare let old: string");
});

it("finds the names of types, namespaces and imports at the top level", () => {
  const source = `import d, { type T as U, v } from "m"; import * as all from "n";
interface I {} type A = 1; class C {} enum E { x } function f() { interface Inner {} } const x = 1;`;
  expect(namesOfTypes(ts, source)).toEqual(["d", "U", "v", "all", "I", "A", "C", "E", "f"]);
});

it.each([
  ["1 + 1", "complete"],
  ["const x = await y;", "complete"],
  ["function f() {", "incomplete"],
  ["`open", "incomplete"],
  ["/* open", "incomplete"],
  ["f(1,", "incomplete"],
  ["a b", "invalid"],
  ["'open", "invalid"],
  [")", "invalid"],
])("finds %j %s", (source, status) => {
  expect(completeness(ts, source).status).toBe(status);
});

it("indents by two more after an opening bracket", () => {
  expect(completeness(ts, "if (a) {\n  for (;;) {")).toEqual({ status: "incomplete", indent: "    " });
});
