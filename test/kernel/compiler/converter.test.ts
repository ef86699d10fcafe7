import { utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CellProgram } from "../../../kernel/compiler/cellProgram.js";
import { type Converter, createConverter } from "../../../kernel/compiler/converter.js";
import { withoutComments } from "../../../kernel/compiler/documentation.js";
import { loadTypescript } from "../../../kernel/compiler/loadTypescript.js";
import { temporaryFolder } from "../../temporaryFolder.js";

const SLOW_MS = 120_000;
const cwd = temporaryFolder("sptlab-cells-");
const { ts } = loadTypescript();
// The built declarations: those in the source are not declaration files.
const globals = { constantsFile: resolve("dist/kernel/worker/cellGlobals.d.ts"), namespaces: {} };
let converter: Converter;
beforeAll(() => {
  converter = createConverter(ts, new CellProgram(ts, globals, cwd), () => () => (file) => file);
}, SLOW_MS);

/** The declarations after cells that all compile. */
function declarationsAfter(...cells: string[]): string {
  return cells.reduce((previous, source) => {
    const { diagnostics, declOutput } = converter.convert(previous, source);
    expect(diagnostics).toEqual([]);
    return declOutput ?? "";
  }, "");
}

it("reads no more at the start than most cells need", () => {
  const program = new CellProgram(ts, { ...globals, namespaces: { tf: "@tensorflow/tfjs" } }, cwd).update(
    "",
    "",
  ).program;
  const names = program.getSourceFiles().map(({ fileName }) => fileName);
  expect(
    names.filter((name) => /tensorflow|undici|\/(http2?|crypto|fs|inspector\.generated)\.d\.ts$/.test(name)),
  ).toEqual([]);
  expect(names.filter((name) => /\/(process|console)\.d\.ts$/.test(name))).toHaveLength(2);
});

it("completes a global of Node that no cell has used", () => {
  expect(converter.complete("", "BroadcastCh", 11).candidates).toContain("BroadcastChannel");
});

describe("the declarations after a cell", { timeout: SLOW_MS }, () => {
  it("hold what it declares and what it leaves of earlier ones", () => {
    const text = declarationsAfter("let a = 1, b = 2; function f() { return 1 }", "const a = 'text'; class C {}");
    expect(text).toMatch(/const a = "text"/);
    expect(text).toMatch(/let b: number/);
    expect(text).toMatch(/function f\(\): number/);
    expect(text).not.toMatch(/a: number/);
  });

  it("keep the type when only the value of a name is declared anew, and the other way round", () => {
    const value = declarationsAfter("interface Row { x: number }", "const Row = 1;");
    expect(value).toMatch(/interface Row/);
    const type = declarationsAfter("class Box { x = 1 }", "interface Box { y: number }");
    expect(type).toMatch(/declare let Box: any/);
    expect(type).not.toMatch(/class Box/);
  });

  it("keep imported names that are not declared anew, and documentation", () => {
    const text = declarationsAfter(
      'import { join, basename } from "node:path";\n/** Twice. */\nfunction twice(n: number) { return 2 * n }\njoin; basename; twice;',
      "const join = 1;",
    );
    expect(text).toMatch(/import \{ basename \} from "node:path"/);
    expect(text).toMatch(/\/\*\* Twice\. \*\/\ndeclare function twice/);
  });

  it("keep names with leading underscores", () => {
    expect(declarationsAfter("const __hidden = 1;", "__hidden + 1")).toMatch(/const __hidden/);
  });
});

it("reports each fault at its place in the cell, once", () => {
  const { diagnostics } = converter.convert("", '1;\nconst n: number = "x";');
  expect(diagnostics).toEqual([expect.objectContaining({ code: 2322, start: { line: 1, character: 6 } })]);
});

it("hands out a local module when it is new or edited, not otherwise, and all of them after a reset", () => {
  const file = join(cwd, "area.ts");
  const cell = 'import { area } from "./area";\narea(2)';
  const paths = () => converter.convert("", cell).sideModules?.map(({ path }) => path);
  writeFileSync(file, "export const area = (side: number) => side;\n");
  expect(paths()).toEqual([join(cwd, "area.ts")]);
  expect(paths()).toEqual([]);
  writeFileSync(file, "export const area = (side: number) => side * side;\n");
  utimesSync(file, 1, 1); // another time, however coarse the clock of the file system
  expect(paths()).toEqual([join(cwd, "area.ts")]);
  converter.reset();
  expect(paths()).toEqual([join(cwd, "area.ts")]);
});

it("finds an import that failed before", () => {
  const cell = 'import { late } from "./late";\nlate';
  expect(converter.convert("", cell).diagnostics).toEqual([expect.objectContaining({ code: 2307 })]);
  writeFileSync(join(cwd, "late.ts"), "export const late = 1;\n");
  expect(converter.convert("", cell).diagnostics).toEqual([]);
});

describe("Node's own declarations", { timeout: SLOW_MS }, () => {
  it.each([
    'import { createHash } from "node:crypto";\nconst digest: Buffer = createHash("sha1").digest();',
    'import fs from "fs";\nconst text: string = fs.readFileSync("x", "utf8");',
    'process.stdout.write("x");',
    'const body: Promise<Response> = fetch("x");',
    "structuredClone(new URL(import.meta.url));",
  ])("are read for a cell that needs them: %j", (source) => {
    expect(converter.convert("", source).diagnostics).toEqual([]);
  });

  it("are complete where an import is completed", () => {
    const source = 'import { join } from "node:dgr';
    expect(converter.complete("", source, source.length).candidates).toContain("node:dgram");
  });

  it("have their documentation, though it is not read with them", () => {
    const documentation = (source: string, position: number) =>
      converter.inspect("", source, position)?.documentation?.map(({ text }) => text);
    expect(documentation("console.log(1)", 9)?.join("")).toMatch(/^Prints to `stdout` with newline/);
    expect(documentation('import { join } from "node:path";\njoin("a")', 35)?.join("")).toMatch(/^Join all arguments/);
  });
});

it("takes comments out of a declaration file, but not out of its strings", () => {
  const text = '/// <reference lib="es2020" />\n/** Doc "x */ declare const a: "/* no */"; // end\n/// free\n';
  const bare = withoutComments(text);
  expect(bare.match(/\S+/g)?.join(" ")).toBe('/// <reference lib="es2020" /> declare const a: "/* no */" ;');
});
