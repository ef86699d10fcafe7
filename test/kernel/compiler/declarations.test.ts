import ts from "typescript";
import { expect, it } from "vitest";
import { completeness } from "../../../kernel/compiler/completeness.js";
import { withoutDead } from "../../../kernel/compiler/declarations.js";

it("gives names that a failed cell never initialised their old declaration, and drops new ones", () => {
  const previous = "declare let a: string, b: string;\ndeclare function f(): void;\n";
  const next =
    "declare const a: number, c: number;\ndeclare let live: number;\ninterface Row { x: number }\ndeclare let b: string;\n";
  const merged = withoutDead(ts, previous, next, ["a", "c"]);
  expect(merged).toContain("declare let a: string;");
  expect(merged).toContain("declare let live: number;");
  expect(merged).toContain("declare let b: string;");
  expect(merged).toContain("interface Row { x: number }");
  expect(merged).not.toContain("number, c");
  expect(merged).not.toContain("declare const a");
});

it("is the new text unchanged when every name is alive", () => {
  expect(withoutDead(ts, "declare let a: string;", "declare let a: number;", [])).toBe("declare let a: number;");
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
