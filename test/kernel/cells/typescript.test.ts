import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel/client/jupyterClient.js";
import { temporaryFolder } from "../../temporaryFolder.js";
import { run, START_TIMEOUT_MS, startBuiltKernel } from "../session.js";

let kernel: KernelClient;
let cwd: string;
beforeAll(async () => {
  cwd = join(temporaryFolder("sptlab-types-"), "notebooks");
  await mkdir(cwd);
  kernel = await startBuiltKernel({ cwd });
  await run(kernel, "0");
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());

/** Runs cells; the result of the last one, which like all others must not fail. */
async function resultOf(...cells: string[]): Promise<string | null> {
  let result: string | null = null;
  for (const cell of cells) {
    const ran = await run(kernel, cell);
    expect(ran.reply.traceback ?? []).toEqual([]);
    result = ran.result;
  }
  return result;
}

const write = (path: string, text: string) => writeFile(join(cwd, path), text);

describe("what one cell declares is known to all later ones:", () => {
  it.each([
    [
      "enums and const enums",
      "enum Color { Red, Green = 'g' }\nconst enum Flag { On = 4 }",
      "[Color.Green, Flag.On]",
      "[ 'g', 4 ]",
    ],
    [
      "namespaces",
      "namespace Geo { export const pi = 3; export interface Point { x: number } }",
      "const p: Geo.Point = { x: Geo.pi }; p.x",
      "3",
    ],
    [
      "generics",
      "function same<T extends { id: number }>(x: T): T { return x }",
      'same({ id: 1, extra: "e" }).extra',
      "'e'",
    ],
    [
      "abstract classes",
      "abstract class Shape { abstract area(): number; twice() { return 2 * this.area() } }",
      "class Unit extends Shape { area() { return 1 } }\nnew Unit().twice()",
      "2",
    ],
    [
      "decorators",
      "function tag(_: object, __: string, d: PropertyDescriptor) { d.value = () => 'tagged' }",
      "class Tagged { @tag name() { return '' } }\nnew Tagged().name()",
      "'tagged'",
    ],
    [
      "overloads",
      "function over(a: string): string;\nfunction over(a: number): number;\nfunction over(a: any) { return a }",
      'over(3).toFixed(1) + over("x").length',
      "'3.01'",
    ],
    [
      "class expressions with private members",
      "const Counter = class { private n = 1; next() { return this.n++ } };",
      "new Counter().next().toFixed()",
      "'1'",
    ],
    [
      "imported types",
      'import type { Stats } from "node:fs";\nimport { statSync } from "node:fs";',
      'const stats: Stats = statSync("."); stats.isDirectory()',
      "true",
    ],
    ["globals", "declare global { var shared: number }\nglobalThis.shared = 3;", "shared + 1", "4"],
    ["names that the kernel uses itself", "const cell = 1, file = 2, module = 3;", "cell + file + module", "6"],
    ["unicode names", "const größe = 3, 数 = 4;", "größe * 数", "12"],
  ])("%s", async (_, first, second, result) => {
    expect(await resultOf(first, "void 0", second)).toBe(result);
  });
});

describe("a cell", () => {
  it("may use what comes later in it, and var from a block", async () => {
    expect(
      await resultOf("if (true) { var fromBlock = 5 }\nearly();\nfunction early() { return fromBlock }\nearly()"),
    ).toBe("5");
  });

  it("may loop over an asynchronous iterable and await at its top", async () => {
    expect(await resultOf("let sum = 0;\nfor await (const x of [Promise.resolve(1), 2]) sum += x;\nsum")).toBe("3");
  });

  it("may destructure with defaults and rest", async () => {
    const cell =
      "const { a = 1, b: { c = 2 } = {}, ...others } = { d: 4 } as { a?: number; b?: { c?: number }; d: number };";
    expect(await resultOf(cell, "[a, c, others]")).toBe("[ 1, 2, { d: 4 } ]");
  });

  it("may be written like a module", async () => {
    await write("part.ts", "export const part = 7;\n");
    const cell =
      'export const exported = 1;\nexport default function byDefault() { return 9 }\nexport { exported as other };\nexport { part } from "./part";';
    expect(await resultOf(cell, "[exported, byDefault(), part]")).toBe("[ 1, 9, 7 ]");
    expect(await resultOf("export default { some: 1 }")).toBe("{ some: 1 }");
  });

  it("shows its last expression, with or without a semicolon and comments behind it", async () => {
    for (const cell of ["5", "5;", "5 // five", "5; /* five */\n// end"]) expect(await resultOf(cell)).toBe("5");
    expect(await resultOf("void 5")).toBeNull();
    expect(await resultOf("const hidden = 5")).toBeNull();
  });

  it("may hold only types, only comments, or nothing", async () => {
    for (const cell of ["type Only = { z: number }", "// nothing", ""]) expect(await resultOf(cell)).toBeNull();
    expect(await resultOf("const only: Only = { z: 1 }; only.z")).toBe("1");
  });

  it("may start with a shebang and 'use strict', and have Windows line ends", async () => {
    expect(await resultOf('#!/usr/bin/env node\r\n"use strict";\r\nconst crlf = `a\r\nb`;\r\ncrlf.length')).toBe("3");
  });

  it("has the names of a module of the working directory", async () => {
    const cell =
      '[__dirname === process.cwd(), __filename.startsWith(__dirname), import.meta.dirname === __dirname, import.meta.url.startsWith("file:"), require("node:path").sep, this === undefined]';
    expect(await resultOf(cell)).toBe("[ true, true, true, true, '/', true ]");
  });

  it("may be very long", async () => {
    const lines = Array.from({ length: 3_000 }, (_, i) => `const line${i} = ${i};`);
    expect(await resultOf(`${lines.join("\n")}\nline2999`, "line0 + line2999")).toBe("2999");
  });

  it("calls functions of earlier cells without a this", async () => {
    expect(await resultOf("function whoAmI(this: unknown) { return this === undefined }", "whoAmI()")).toBe("true");
  });

  it("changes what earlier closures see, by every kind of assignment", async () => {
    expect(
      await resultOf("let n = 1; const read = () => n;", "n = 5; n++; [n] = [n * 10]; ({ n } = { n: n + 1 }); read()"),
    ).toBe("61");
  });
});

describe("a fault", () => {
  it("is one entry with TypeScript's whole explanation, underlined in the cell", async () => {
    const { reply } = await run(
      kernel,
      "interface Deep { a: { b: number } }\nconst deep: { a: { b: string } } = { a: { b: '' } };\nconst other: Deep = deep;",
    );
    const text = (reply.traceback ?? []).join("\n");
    expect(text.match(/\(TS\d+\)/g)).toEqual(["(TS2322)"]);
    expect(text).toMatch(
      /line 3, column 7 \(TS2322\): Type .* is not assignable to type 'Deep'.*Type 'string' is not assignable to type 'number'/s,
    );
    expect(text).toMatch(/> 3 \| const other: Deep = deep;\n +~~~~~$/);
  });

  it("in names it can reach: console.error and error.stack point to the cell's own lines", async () => {
    const ran = await run(
      kernel,
      'type Pad = 1;\n\nfunction fails() { throw new Error("inside") }\ntry { fails() } catch (error) { console.error(error) }',
    );
    expect(ran.stream("stderr")).toMatch(
      /Error: inside\n {4}at fails \(Cell \[\d+\], line 3, column \d+\)\n {4}at Cell \[\d+\], line 4, column 7/,
    );
    expect(ran.stream("stderr")).not.toMatch(/kernel\/worker|node:/);
  });

  it("lists at most 20", async () => {
    const { reply } = await run(kernel, Array.from({ length: 30 }, (_, i) => `missing${i};`).join("\n"));
    expect(reply.traceback?.at(-1)).toBe("    … and 10 more");
  });
});

describe("imports", () => {
  it("take default, named and namespace bindings, statically and dynamically", async () => {
    const cell =
      'import path, { join as joined } from "node:path";\nimport * as all from "node:path";\nconst late = await import("node:path");\n[path.join === joined, all.join === joined, late.join === joined]';
    expect(await resultOf(cell)).toBe("[ true, true, true ]");
  });

  it("reload an edited ./module.ts, static or dynamic, and what imports it, and nothing else", async () => {
    await write("base.ts", "export const base = 1;\n");
    await write("top.ts", 'import { base } from "./base.ts";\nexport const top = base + 10;\n');
    await write("apart.ts", "export const apart = {};\n");
    const cell =
      'import { top } from "./top.ts";\nimport { apart } from "./apart";\nconst dynamic = await import("./top.ts");\n[top, dynamic.top]';
    expect(await resultOf(cell, "const apartBefore = apart;", cell)).toBe("[ 11, 11 ]");
    await write("base.ts", "export const base: number = 2;\n");
    expect(await resultOf(cell, "[top, apart === apartBefore]")).toBe("[ 12, true ]");
  });

  it("tell a type error in an edited module, and take it once it is mended", async () => {
    await write("typed.ts", "export const typed: number = 1;\n");
    const cell = 'import { typed } from "./typed.ts";\ntyped';
    expect(await resultOf(cell)).toBe("1");
    await write("typed.ts", '\nexport const typed: number = "text";\n');
    const { reply } = await run(kernel, cell);
    expect(reply.traceback?.join("\n")).toMatch(/at typed\.ts, line 2, column 14 \(TS2322\)/);
    await write("typed.ts", "export const typed: string = 'mended';\n");
    expect(await resultOf(cell)).toBe("'mended'");
  });

  it("find a module that was missing before, and one outside of the folder", async () => {
    expect((await run(kernel, 'import { later } from "./later";')).reply.evalue).toMatch(
      /Cannot find module '.\/later'/,
    );
    await write("later.ts", "export const later = 1;\n");
    expect(await resultOf('import { later } from "./later";\nlater')).toBe("1");
    await write("../shared.ts", "export const shared2 = 2;\n");
    expect(await resultOf('import { shared2 } from "../shared.ts";\nshared2')).toBe("2");
  });

  it("run modules that import each other in a circle, and that await at their top", async () => {
    await write(
      "even.ts",
      'import { isOdd } from "./odd";\nexport const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);\n',
    );
    await write(
      "odd.ts",
      'import { isEven } from "./even";\nexport const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);\n',
    );
    await write("slow.ts", "export const slow = await Promise.resolve(import.meta.dirname);\n");
    expect(
      await resultOf(
        'import { isEven } from "./even";\nimport { slow } from "./slow";\n[isEven(10), slow === __dirname]',
      ),
    ).toBe("[ true, true ]");
  });

  it("name the lines of local modules in tracebacks, and try a failed module again", async () => {
    await write(
      "throws.ts",
      'interface Wide { a: number }\n\nexport function thrower(w: Wide) { throw new Error("deep " + w.a); }\n',
    );
    const { reply } = await run(kernel, 'import { thrower } from "./throws.ts";\nthrower({ a: 1 })');
    expect(reply.traceback?.join("\n")).toMatch(
      /at thrower \(throws\.ts, line 3, column \d+\).*> 3 \| export function thrower/s,
    );
    await write(
      "fragile.ts",
      "if (process.env.FRAGILE !== '1') throw new Error('not yet');\nexport const fragile = 1;\n",
    );
    const cell = 'import { fragile } from "./fragile";\nfragile';
    expect((await run(kernel, cell)).reply.evalue).toBe("not yet");
    expect(await resultOf("process.env.FRAGILE = '1'", cell)).toBe("1");
  });

  it("read JSON anew, also with import attributes", async () => {
    await write("data.json", '{ "n": 1 }');
    const cell = 'import data from "./data.json" with { type: "json" };\ndata.n';
    expect(await resultOf(cell)).toBe("1");
    await write("data.json", '{ "n": 2 }');
    expect(await resultOf(cell)).toBe("2");
  });

  it("take packages from the notebook's folder: ES modules with top-level await, CommonJS, without types", async () => {
    const add = async (name: string, json: object, files: Record<string, string>): Promise<void> => {
      await mkdir(join(cwd, "node_modules", name), { recursive: true });
      await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", ...json }));
      for (const [file, text] of Object.entries(files)) await write(`node_modules/${name}/${file}`, text);
    };
    const exports = { ".": { types: "./index.d.ts", import: "./index.js" } };
    await add(
      "only-esm",
      { type: "module", exports },
      {
        "index.js": "export const slow = await Promise.resolve(3);",
        "index.d.ts": "export declare const slow: number;",
      },
    );
    await add("untyped", { main: "main.js" }, { "main.js": "module.exports = { twice: (n) => 2 * n };" });
    expect(
      await resultOf(
        'import { slow } from "only-esm";\nimport { twice } from "untyped";\ntwice(slow) + (await import("only-esm")).slow',
      ),
    ).toBe("9");
    await write(
      "usesEsm.ts",
      'import { slow } from "only-esm";\nimport { twice } from "untyped";\nexport const tripled = slow + twice(slow);\n',
    );
    expect(await resultOf('import { tripled } from "./usesEsm";\ntripled')).toBe("9");
  });

  it("take CommonJS files of the folder", async () => {
    await write("legacy.cjs", "exports.legacy = __filename.endsWith('legacy.cjs');\n");
    expect(await resultOf('import { legacy } from "./legacy.cjs";\nlegacy')).toBe("true");
  });

  it("still work after the worker was restarted", async () => {
    await write("again.ts", "export const again = 1;\n");
    const cell = 'import { again } from "./again";\nagain';
    expect(await resultOf(cell)).toBe("1");
    await run(kernel, "process.exit(1)");
    expect(await resultOf(cell)).toBe("1");
  });
});
