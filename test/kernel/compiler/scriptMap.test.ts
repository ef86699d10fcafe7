import ts from "typescript";
import { expect, it } from "vitest";
import { ScriptMap } from "../../../kernel/compiler/scriptMap.js";

/** Compiles as the kernel does: one line before the cell's own, and one before the emitted body. */
function compiled(source: string): { script: string[]; map: ScriptMap } {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, sourceMap: true };
  const { outputText, sourceMapText } = ts.transpileModule(`export {};\n${source}`, { compilerOptions });
  const body = outputText.replace(/\/\/# sourceMappingURL.*/, "");
  return { script: ["prologue", ...body.split("\n")], map: ScriptMap.ofCell(sourceMapText ?? "", 1) };
}

const SOURCE = ["interface Row {", "  n: number;", "}", "let n: number = 1;", "", "const f = (row: Row): number => {"]
  .concat(["  return row.n * n;", "};", "f({ n }) as number;"])
  .join("\n");

it("finds each line of code in the script, and from there back", () => {
  const { script, map } = compiled(SOURCE);
  for (const [line, text] of [
    [4, "let n"],
    [6, "const f"],
    [7, "return row"],
    [9, "f({"],
  ] as const) {
    const place = map.toScript(line);
    expect(script[place?.line ?? -1]?.slice(place?.column)).toMatch(text);
    expect(map.toSource(place?.line ?? -1, place?.column ?? -1)?.line).toBe(line);
  }
});

it("takes the next line that has code, and none behind the last", () => {
  const { map } = compiled(SOURCE);
  expect(map.toScript(1)).toEqual(map.toScript(4));
  expect(map.toScript(5)).toEqual(map.toScript(6));
  expect(map.toScript(10)).toBeNull();
});

it("knows nothing of the prologue, nor of what stands behind the cell", () => {
  const { script, map } = compiled(SOURCE);
  expect(map.toSource(0, 20)).toBeNull();
  expect(map.toSource(script.length + 1, 0)).toBeNull();
});

it("tells columns of the cell, from 1", () => {
  const { script, map } = compiled("const a: number = 1; const b = a;");
  const line = script.findIndex((text) => text.includes("const b"));
  expect(map.toSource(line, (script[line] ?? "").indexOf("const b"))).toEqual({ line: 1, column: 22 });
});
