import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel/client/jupyterClient.js";
import { temporaryFolder } from "../../temporaryFolder.js";
import { run, START_TIMEOUT_MS, startBuiltKernel } from "../session.js";

let kernel: KernelClient;
let cwd: string;
beforeAll(async () => {
  cwd = temporaryFolder("sptlab-magics-");
  kernel = await startBuiltKernel({ cwd });
  await run(kernel, "0");
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());

const ask = async (msgType: string, code: string, cursor_pos = code.length) =>
  (await kernel.request("shell", msgType, { code, cursor_pos })).content;

describe("%time", () => {
  it("tells wall and CPU time and keeps the value of an expression", async () => {
    const ran = await run(kernel, "%time await Promise.resolve(6 * 7)");
    expect(ran.result).toBe("42");
    expect(ran.stream("stdout")).toMatch(/^wall [\d.]+ (ns|µs|ms|s), CPU .* \(user .*, system .*\)\n$/);
  });

  it("measures a declaration, which keeps its type", async () => {
    const ran = await run(kernel, "%time const timed = [1, 2].map(String);\ntimed[0]?.padStart(2)");
    expect(ran.result).toBe("' 1'");
    expect(ran.stream("stdout")).toMatch(/^wall /);
  });

  it("points to the right column of what throws", async () => {
    const { reply } = await run(kernel, 'const boom = () => { throw new Error("x") };\n%time boom()');
    expect(reply.traceback?.join("\n")).toMatch(/Cell \[\d+\], line 2, column 7/);
    const typed = await run(kernel, "%time missing()");
    expect(typed.reply.traceback?.join("\n")).toMatch(/line 1, column 7 \(TS2304\).*> 1 \| %time missing\(\)/s);
  });

  it("wants code", async () => {
    const { reply } = await run(kernel, "%time");
    expect(reply).toMatchObject({
      ename: "UsageError",
      evalue: expect.stringMatching(/expected TypeScript behind %time/),
    });
  });
});

it("%%time tells the time of the whole cell", async () => {
  const ran = await run(kernel, "%%time\nconst whole = 1;\nwhole");
  expect(ran.result).toBe("1");
  expect(ran.stream("stdout")).toMatch(/^wall /);
});

describe("%timeit", () => {
  it("tells mean, standard deviation and best of the runs, and shows no value", async () => {
    const ran = await run(kernel, "%timeit -n 10 -r 3 Math.sqrt(2)");
    expect(ran.stream("stdout")).toMatch(/ ± .* per loop \(mean ± std of 3 runs, 10 loops each\), best /);
    expect(ran.result).toBeNull();
  });

  it("awaits in each loop", async () => {
    const ran = await run(kernel, "let awaited = 0;\n%timeit -n 2 -r 2 await Promise.resolve(awaited++)\nawaited");
    expect(ran.result).toBe("5"); // one to warm up, then 2 runs of 2 loops
  });

  it("refuses statements", async () => {
    const { reply } = await run(kernel, "%timeit const x = 1");
    expect(reply.evalue).toMatch(/expected one expression behind %timeit/);
  });
});

describe("%env", () => {
  it("sets, shows and lists variables, and hides secrets in the list", async () => {
    await run(kernel, "%env SPT_CELL=some value\n%env SPT_TOKEN=abc");
    expect((await run(kernel, "%env SPT_CELL")).stream("stdout")).toBe("some value\n");
    expect((await run(kernel, "process.env.SPT_CELL")).result).toBe("'some value'");
    const list = (await run(kernel, "%env")).stream("stdout");
    expect(list).toContain("SPT_CELL=some value\n");
    expect(list).toContain("SPT_TOKEN=<hidden>\n");
  });

  it("says how to set a variable that is missing", async () => {
    expect((await run(kernel, "%env SPT_NONE")).reply.evalue).toMatch(/got SPT_NONE. %env SPT_NONE=value sets it/);
  });
});

describe("%cd", () => {
  it("moves files at once and imports from the next cell on, keeps types, and goes back", async () => {
    await mkdir(join(cwd, "inner"), { recursive: true });
    await writeFile(
      join(cwd, "outerPart.ts"),
      "export interface Part { size: number }\nexport const outer: Part = { size: 1 };\n",
    );
    await writeFile(
      join(cwd, "inner", "innerPart.ts"),
      'import { outer } from "../outerPart";\nexport const inner = outer.size + 1;\n',
    );
    await run(kernel, 'import { outer, type Part } from "./outerPart.ts";');
    const moved = await run(kernel, '%cd inner\nimport { existsSync } from "node:fs";\nexistsSync("innerPart.ts")');
    expect(moved.stream("stdout")).toBe(`${join(cwd, "inner")}\n`);
    expect(moved.result).toBe("true");
    expect(
      (await run(kernel, 'import { inner } from "./innerPart";\nconst part: Part = outer;\ninner + part.size')).result,
    ).toBe("3");
    expect((await run(kernel, "%cd")).stream("stdout")).toBe(`${cwd}\n`);
    expect((await run(kernel, "%cd -")).stream("stdout")).toBe(`${join(cwd, "inner")}\n`);
    await run(kernel, "%cd");
    expect((await run(kernel, "__dirname")).result).toBe(`'${cwd}'`);
  });

  it("keeps the types of what is imported there, in later cells and other folders", async () => {
    const own = join(cwd, "elsewhere");
    await mkdir(join(own, "node_modules", "only-here"), { recursive: true });
    await writeFile(join(own, "node_modules", "only-here", "index.js"), "exports.width = 3;\n");
    await writeFile(join(own, "node_modules", "only-here", "index.d.ts"), "export declare const width: number;\n");
    await writeFile(join(own, "shape.ts"), "export const shape = { sides: 4 };\n");
    await run(kernel, "%cd elsewhere");
    await run(
      kernel,
      'import { shape } from "./shape";\nimport { width } from "only-here";\nconst copy = { ...shape };',
    );
    for (const move of ["", "%cd\n"]) {
      await run(kernel, `${move}0`);
      expect((await run(kernel, "shape.sides + copy.sides + width")).result).toBe("11");
      for (const value of ["shape.sides", "copy.sides", "width"]) {
        const { reply } = await run(kernel, `const wrong: string = ${value};`);
        expect(reply.evalue).toBe("Type 'number' is not assignable to type 'string'.");
      }
    }
  });

  it("stays where it is when the folder does not exist", async () => {
    expect((await run(kernel, "%cd nowhere")).reply.evalue).toMatch(/expects a folder that exists; got .*nowhere/);
    expect((await run(kernel, "process.cwd()")).result).toBe(`'${cwd}'`);
  });
});

it("%who lists names with their types and values", async () => {
  await run(
    kernel,
    'const whoText = "abc";\ninterface WhoShape { a: 1 }\nclass WhoClass {}\nconst whoTwice = (n: number) => 2 * n;',
  );
  const lines = (await run(kernel, "const whoNow = [1];\n%who")).stream("stdout").split("\n");
  expect(lines.find((line) => line.startsWith("whoText"))).toMatch(/^whoText +"abc" +'abc'$/);
  expect(lines.find((line) => line.startsWith("whoNow"))).toMatch(/^whoNow +number\[\] +\[ 1 \]$/);
  expect(lines.find((line) => line.startsWith("whoTwice"))).toMatch(/^whoTwice +\(n: number\) => number$/);
  expect(lines.find((line) => line.startsWith("WhoShape"))).toMatch(/^WhoShape +interface$/);
  expect(lines.find((line) => line.startsWith("WhoClass"))).toMatch(/^WhoClass +class$/);
});

it("%reset forgets the names of earlier cells", async () => {
  await run(kernel, "const forgotten = 1;");
  await run(kernel, "%reset\nconst remains = 2;");
  expect((await run(kernel, "forgotten")).reply.evalue).toBe("Cannot find name 'forgotten'.");
  expect((await run(kernel, "remains")).result).toBe("2");
});

it("%typecheck lowers type errors to warnings and puts them back", async () => {
  const warned = await run(kernel, '%typecheck warn\nconst lowered: number = "text";\nlowered');
  expect(warned.result).toBe("'text'");
  expect(warned.stream("stderr")).toMatch(/TypeScript warning.*line 2, column 7 \(TS2322\)/s);
  expect((await run(kernel, 'const again: number = "text";')).stream("stderr")).toMatch(/TS2322/);
  expect((await run(kernel, '%typecheck off\nconst quiet: number = "text";')).stream("stderr")).toBe("");
  expect((await run(kernel, "const a b")).reply.ename).toBe("SyntaxError");
  await run(kernel, "%typecheck error");
  expect((await run(kernel, 'const stops: number = "text";')).reply.ename).toBe("TypeScriptError");
  expect((await run(kernel, "%typecheck maybe")).reply.evalue).toMatch(/expected %typecheck error, warn, off/);
});

describe("!command", () => {
  it("streams what the command writes, in order with the cell's own output, and tells its status", async () => {
    const ran = await run(kernel, 'console.log("first");\n!echo out; echo err >&2; exit 3\nconsole.log("last");');
    expect(ran.reply.status).toBe("ok");
    expect(ran.stream("stdout")).toBe("first\nout\nlast\n");
    expect(ran.stream("stderr")).toBe("err\n[exit status 3] echo out; echo err >&2; exit 3\n");
  });

  it("goes on behind a backslash and sees the environment and folder of the kernel", async () => {
    const ran = await run(kernel, "%env SPT_SHELL=seen\n!echo \\\n  $SPT_SHELL; pwd");
    expect(ran.stream("stdout")).toContain(`seen\n${cwd}\n`);
  });

  it("is interrupted with the cell", async () => {
    let interrupted: Promise<void> | undefined;
    const { reply } = await run(kernel, "!sleep 600 & echo $! > pid; echo started; wait", {
      onIopub: ({ header }) => {
        if (header.msg_type === "stream") interrupted ??= kernel.interrupt();
      },
    });
    await interrupted;
    expect(reply.ename).toBe("KeyboardInterrupt");
    const gone = 'import { readFileSync } from "node:fs";\nconst pid = Number(readFileSync("pid", "utf8"));\n';
    const alive = "const alive = () => { try { return process.kill(pid, 0) } catch { return false } };\n";
    const ran = await run(
      kernel,
      `${gone}${alive}while (alive()) await new Promise((r) => setTimeout(r, 10));\nalive()`,
    );
    expect(ran.result).toBe("false");
  });

  it("leaves TypeScript's not alone", async () => {
    await run(kernel, "const ls = false;");
    expect((await run(kernel, "!ls")).result).toBe("true");
    expect((await run(kernel, "!true")).result).toBe("false");
    expect((await run(kernel, "!isFinite(1)")).result).toBe("false");
  });
});

it("%help shows every magic, global and rule as Markdown and as text", async () => {
  const { published } = await run(kernel, "%help");
  const data = published[2]?.content.data as Record<string, string>;
  for (const word of [
    "%timeit",
    "%typecheck",
    "!COMMAND",
    "display",
    "clearOutput",
    "interruptSignal",
    "tf",
    "Shift-Tab",
  ]) {
    expect(data["text/markdown"]).toContain(word);
    expect(data["text/plain"]).toContain(word);
  }
});

describe("a line that is no magic", () => {
  it("stays a remainder, a string or a comment", async () => {
    expect((await run(kernel, "const left = 10, right = 4;\nleft\n%right")).result).toBe("2");
    expect((await run(kernel, "`\n%who\n!ls\n`")).result).toBe("'\\n%who\\n!ls\\n'");
    expect((await run(kernel, "/*\n%who\n!ls\n*/ 1")).result).toBe("1");
  });

  it("fails with the list of magics when its name is unknown", async () => {
    const { reply } = await run(kernel, "const one = 1;\n%matplotlib inline");
    expect(reply.ename).toBe("UsageError");
    expect(reply.evalue).toMatch(/expected one of the magics %time, .*; got %matplotlib/);
    expect(reply.traceback?.join("\n")).toMatch(/line 2, column 1: /);
  });
});

it("keeps lines and columns of the rest of the cell, also with CRLF", async () => {
  const { reply } = await run(kernel, "%env SPT_X=1\r\n!true\r\nconst ok = 1;\r\n  const bad: string = ok;");
  expect(reply.traceback?.join("\n")).toMatch(/line 4, column 9 \(TS2322\)/);
});

describe("editors", () => {
  it("complete a magic's name, a mode, and the code behind a magic", async () => {
    expect(await ask("complete_request", "const c = 1;\n%ti")).toMatchObject({
      matches: ["%time", "%timeit"],
      cursor_start: 13,
      cursor_end: 16,
      metadata: { _jupyter_types_experimental: [{ type: "magic" }, { type: "magic" }] },
    });
    expect((await ask("complete_request", "%typecheck w")).matches).toEqual(["warn"]);
    expect((await ask("complete_request", "%time Math.sqr")).matches).toContain("sqrt");
    expect((await ask("complete_request", "%cd Mat")).matches).toEqual([]);
  });

  it("inspect a magic, and the code behind it", async () => {
    const magic = await ask("inspect_request", "%timeit Math.sqrt(2)", 3);
    expect(magic).toMatchObject({
      found: true,
      data: { "text/plain": expect.stringMatching(/^%timeit \[-n LOOPS\]/) },
    });
    const code = await ask("inspect_request", "%timeit Math.sqrt(2)", 15);
    expect(code).toMatchObject({ data: { "text/plain": expect.stringMatching(/sqrt\(x: number\): number/) } });
  });

  it("know when a cell with magics is complete", async () => {
    expect(await ask("is_complete_request", "%who")).toEqual({ status: "complete" });
    expect(await ask("is_complete_request", "!ls *.ts")).toEqual({ status: "complete" });
    expect(await ask("is_complete_request", "%time f(")).toMatchObject({ status: "incomplete" });
  });
});

it(
  "SPTLAB_TYPECHECK sets what type errors do from the start",
  async () => {
    const lenient = await startBuiltKernel({ env: { SPTLAB_DEVICE: "cpu", SPTLAB_TYPECHECK: "warn" } });
    const ran = await run(lenient, 'const lowered: number = "text";\nlowered');
    await lenient.shutdown();
    expect(ran.result).toBe("'text'");
    expect(ran.stream("stderr")).toMatch(/TypeScript warning.*TS2322/s);
  },
  START_TIMEOUT_MS,
);
