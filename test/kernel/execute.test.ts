import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import { temporaryFolder } from "../temporaryFolder.js";
import { outputTypes, run, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

let kernel: KernelClient;
let cwd: string;
beforeAll(async () => {
  cwd = temporaryFolder("sptlab-cells-");
  kernel = await startBuiltKernel({ cwd });
  await run(kernel, "0");
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());

describe("a cell", () => {
  it("publishes busy, its input, its result and idle, in this order and with one number", async () => {
    const { published, reply } = await run(kernel, "6 * 7");
    expect(published.map(({ type }) => type)).toEqual(["status", "execute_input", "execute_result", "status"]);
    expect(published[0]?.content).toEqual({ execution_state: "busy" });
    expect(published[1]?.content).toEqual({ code: "6 * 7", execution_count: reply.execution_count });
    expect(published[2]?.content).toMatchObject({
      execution_count: reply.execution_count,
      data: { "text/plain": "42" },
    });
    expect(published[3]?.content).toEqual({ execution_state: "idle" });
    expect(reply.status).toBe("ok");
  });

  it("shows null but not undefined", async () => {
    expect((await run(kernel, "null")).result).toBe("null");
    expect((await run(kernel, "undefined")).result).toBeNull();
  });

  it("awaits at top level and imports ES modules", async () => {
    const ran = await run(
      kernel,
      'import { basename as name } from "node:path";\nconst late = await Promise.resolve(name("/a/b"));\nlate',
    );
    expect(ran.result).toBe("'b'");
  });

  it("imports a TypeScript module and JSON from the working directory", async () => {
    await writeFile(join(cwd, "area.ts"), "export const area = (side: number): number => side * side;\n");
    await writeFile(join(cwd, "sides.json"), "[3]\n");
    const ran = await run(
      kernel,
      'import { area } from "./area";\nimport sides from "./sides.json";\narea(sides[0] ?? 0)',
    );
    expect(ran.result).toBe("9");
  });

  it("redeclares const, let, class and function of earlier cells with new types", async () => {
    await run(kernel, "const redo = 1; class Redo { a = 1 } function redone() { return 1 }");
    await run(kernel, 'const redo = "two"; class Redo { b = 2 } function redone() { return "two" }');
    expect((await run(kernel, "[redo.length, new Redo().b, redone().length]")).result).toBe("[ 3, 2, 3 ]");
  });

  it("assigns to the variable that an earlier cell's function reads", async () => {
    await run(kernel, "let level = 1; function readLevel() { return level } const pair = { left: 1, right: 2 };");
    await run(kernel, "level = 5; ({ level } = { level: level + 1 });");
    expect((await run(kernel, "const { left: renamed } = pair; [readLevel(), { level }.level, renamed]")).result).toBe(
      "[ 6, 6, 1 ]",
    );
  });

  it("lets earlier functions see a redefinition", async () => {
    await run(kernel, "function inner() { return 1 }");
    await run(kernel, "function outer() { return inner() }");
    expect((await run(kernel, "function inner() { return 2 }\nouter()")).result).toBe("2");
  });

  it("keeps what it declared before it threw, and the old meaning of the rest", async () => {
    await run(kernel, 'const model = "old"');
    const failed = await run(
      kernel,
      'const before = 1;\nif (before) throw new Error("no");\nconst model = 2, after = 3;',
    );
    expect(failed.reply.status).toBe("error");
    expect((await run(kernel, "[before, model.length]")).result).toBe("[ 1, 3 ]");
    expect((await run(kernel, "after")).reply.evalue).toMatch(/Cannot find name 'after'/);
  });

  it("writes console, stdout and child processes to the streams before it is idle", async () => {
    const ran = await run(
      kernel,
      'import { execSync } from "node:child_process";\nconsole.log("out"); console.error("err"); process.stdout.write("raw\\n");\nexecSync("echo child", { stdio: "inherit" });',
    );
    expect(ran.stream("stdout")).toBe("out\nraw\nchild\n");
    expect(ran.stream("stderr")).toBe("err\n");
  });

  it("loses none of 20,000 printed lines and none of 1,000 updates", async () => {
    const printed = await run(kernel, 'for (let i = 0; i < 20_000; i++) console.log("line " + i);');
    expect(printed.stream("stdout").trimEnd().split("\n")).toHaveLength(20_000);
    const shown = await run(
      kernel,
      'for (let i = 0; i < 1_000; i++) display({ "text/plain": String(i) }, { raw: true, display_id: "p", update: i > 0 });',
    );
    const types = outputTypes(shown);
    expect(types.filter((type) => type === "update_display_data")).toHaveLength(999);
  });

  it("sends progress while it still runs", async () => {
    const times: number[] = [];
    const start = performance.now();
    await run(kernel, "for (let i = 0; i < 4; i++) { console.log(i); await new Promise((r) => setTimeout(r, 150)) }", {
      onIopub: (message) => message.header.msg_type === "stream" && times.push(performance.now() - start),
    });
    const end = performance.now() - start;
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect(end - (times[0] ?? end)).toBeGreaterThan(300);
  });
});

describe("display", () => {
  it("shows bundles, updates them by id, and clears", async () => {
    const { published } = await run(
      kernel,
      'display({ "text/html": "<b>1</b>" }, { raw: true, display_id: "d" });\ndisplay({ "image/png": new Uint8Array([1, 2]) }, { raw: true, display_id: "d", update: true, metadata: { a: 1 } });\nclearOutput(true);',
    );
    const outputs = published.slice(2, -1);
    expect(outputs).toEqual([
      {
        type: "display_data",
        content: { data: { "text/html": "<b>1</b>" }, metadata: {}, transient: { display_id: "d" } },
      },
      {
        type: "update_display_data",
        content: { data: { "image/png": "AQI=" }, metadata: { a: 1 }, transient: { display_id: "d" } },
      },
      { type: "clear_output", content: { wait: true } },
    ]);
  });

  it('follows Symbol.for("Jupyter.display") in results and displays, also when it is asynchronous', async () => {
    await run(
      kernel,
      'const shown = { async [Symbol.for("Jupyter.display")]() { return { "text/markdown": "**x**" } } };',
    );
    const { published } = await run(kernel, "display(shown);\nshown");
    const data = { "text/markdown": "**x**" };
    expect(published.slice(2, -1).map(({ type, content }) => [type, content.data])).toEqual([
      ["display_data", data],
      ["execute_result", data],
    ]);
  });

  it("shows an arquero table as HTML and as aligned text", async () => {
    const { published, result } = await run(kernel, 'aq.table({ name: ["a", "bb"], n: [1, 20] })');
    expect(published[2]?.content.data).toMatchObject({ "text/html": expect.stringMatching(/<table>.*bb/s) });
    expect(result).toBe("name  n\na     1\nbb    20");
  });

  it("shows the values of a tensor", async () => {
    expect((await run(kernel, "tf.tensor1d([1, 2]).add(1)")).result).toMatch(/float32 \[2\]\n.*\[2, 3\]/s);
  });

  it("keeps tslab's display working", async () => {
    const { published } = await run(kernel, 'import * as tslab from "tslab";\ntslab.display.html("<i>x</i>");');
    expect(published[2]).toMatchObject({ type: "display_data", content: { data: { "text/html": "<i>x</i>" } } });
  });
});

describe("the globals", () => {
  it("are namespaces of types, too, and can be redeclared", async () => {
    const ran = await run(
      kernel,
      "const rows: aq.ColumnTable = aq.table({ a: [1] });\nfunction half(x: tf.Tensor): tf.Tensor { return x.div(2) }\nhalf(tf.scalar(3)).dataSync()[0]",
    );
    expect(ran.result).toBe("1.5");
    expect((await run(kernel, "const plot = 7;\nplot")).result).toBe("7");
  });

  it("give the same TensorFlow.js as an import, on the chosen device", async () => {
    const ran = await run(
      kernel,
      'import * as tfImported from "@tensorflow/tfjs";\n[tfImported.Tensor === tf.Tensor, tf.getBackend()]',
    );
    expect(ran.result).toBe("[ true, 'cpu' ]");
  });
});

describe("an error", () => {
  it("has a traceback in the cell's own lines, through functions of other cells", async () => {
    const first = await run(
      kernel,
      "type Row = { x: number };\n\nfunction deep(row: Row | null) {\n  return (row as Row).x;\n}",
    );
    const { reply, published } = await run(kernel, "interface Unused { a: string }\n\ndeep(null)");
    expect(reply).toMatchObject({ status: "error", ename: "TypeError" });
    const traceback = (reply.traceback ?? []).join("\n");
    expect(traceback).toContain(`deep (Cell [${first.reply.execution_count}], line 4, column`);
    expect(traceback).toContain(`Cell [${reply.execution_count}], line 3, column 1`);
    expect(traceback).toContain("  > 4 |   return (row as Row).x;");
    expect(traceback).not.toContain("kernel/worker");
    expect(published.find(({ type }) => type === "error")?.content).toMatchObject({ ename: "TypeError" });
  });

  it("reports a type error before running anything", async () => {
    const ran = await run(kernel, 'console.log("not reached");\nconst wrong: number = "text";');
    expect(ran.reply).toMatchObject({ status: "error", ename: "TypeScriptError" });
    expect(ran.reply.traceback?.join("\n")).toMatch(/line 2, column 7 \(TS2322\)/);
    expect(ran.stream("stdout")).toBe("");
  });

  it("follows causes, and takes what is thrown even if it is no Error", async () => {
    const caused = await run(kernel, 'throw new Error("outer", { cause: new RangeError("inner") })');
    expect(caused.reply.traceback?.join("\n")).toMatch(/outer.*Caused by:.*RangeError.*inner/s);
    expect((await run(kernel, 'throw "plain"')).reply).toMatchObject({ status: "error", evalue: "plain" });
  });

  it("shows unhandled rejections and throws in timers on stderr", async () => {
    const code =
      'void Promise.reject(new Error("lost"));\nsetTimeout(() => { throw new Error("late") }, 0);\nawait new Promise((r) => setTimeout(r, 50));';
    const ran = await run(kernel, code);
    expect(ran.reply.status).toBe("ok");
    expect(ran.stream("stderr")).toMatch(/lost.*late/s);
  });
});

describe("execute_request", () => {
  it("with silent publishes no input and no result, and does not count", async () => {
    const before = await run(kernel, "1");
    const silent = await run(kernel, "2", { silent: true });
    expect(silent.published.map(({ type }) => type)).toEqual(["status", "status"]);
    expect(silent.reply.execution_count).toBe(before.reply.execution_count);
  });

  it("without store_history does not count", async () => {
    const before = await run(kernel, "1");
    const ran = await run(kernel, "2", { storeHistory: false });
    expect(ran.result).toBe("2");
    expect(ran.reply.execution_count).toBe(before.reply.execution_count);
  });

  it("evaluates user_expressions, each with its own status", async () => {
    const ran = await run(kernel, "const base = 20;", { userExpressions: { good: "base + 1", bad: "missing" } });
    expect(ran.reply.user_expressions).toMatchObject({
      good: { status: "ok", data: { "text/plain": "21" } },
      bad: { status: "error", ename: "TypeScriptError" },
    });
  });

  it("aborts what waits behind a failing cell, unless stop_on_error is off", async () => {
    const replies = await Promise.all([
      kernel.execute('throw new Error("x")'),
      kernel.execute("1"),
      kernel.execute("2"),
    ]);
    expect(replies.map(({ status }) => status)).toEqual(["error", "aborted", "aborted"]);
    const going = await Promise.all([
      kernel.execute('throw new Error("x")', { stopOnError: false }),
      kernel.execute("1"),
    ]);
    expect(going.map(({ status }) => status)).toEqual(["error", "ok"]);
  });
});
