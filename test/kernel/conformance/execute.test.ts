import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ExecuteFields } from "./driver.js";
import { conformance } from "./suite.js";

conformance("execute_request", {}, (session) => {
  const run = (code: string, fields?: ExecuteFields) => session.kernel.execute(code, fields);

  it("is busy, shows its input, shows its result, is idle, and replies: with one number", async () => {
    const ran = await run("6 * 7");
    expect(ran.iopub.map(({ type }) => type)).toEqual(["status", "execute_input", "execute_result", "status"]);
    expect(ran.published("status")).toEqual([{ execution_state: "busy" }, { execution_state: "idle" }]);
    const { execution_count } = ran.content;
    expect(ran.published("execute_input")).toEqual([{ code: "6 * 7", execution_count }]);
    expect(ran.published("execute_result")).toEqual([{ execution_count, data: { "text/plain": "42" }, metadata: {} }]);
    expect(ran.content).toEqual({ status: "ok", execution_count, user_expressions: {}, payload: [] });
  });

  it("names the request as parent of every message, in one session, with fresh ids and dates in UTC", async () => {
    const ran = await run('console.log("a"); display("b"); 3');
    const all = [...ran.iopub, ran.reply];
    expect(new Set(all.map(({ parent }) => parent.msg_id))).toEqual(new Set([ran.sent.msg_id]));
    expect(new Set(all.map(({ parent }) => parent.msg_type))).toEqual(new Set(["execute_request"]));
    expect(new Set(all.map(({ header }) => header.session)).size).toBe(1);
    expect(new Set(all.map(({ header }) => header.msg_id)).size).toBe(all.length);
    for (const { header } of all) expect(header.date).toMatch(/^\d{4}-\d\d-\d\dT.*(Z|\+00:00)$/);
    expect(ran.reply.type).toBe("execute_reply");
  });

  it("counts up by one for each cell that is stored", async () => {
    const counts = [];
    for (const code of ["1", "2", "const three = 3;"]) counts.push(Number((await run(code)).content.execution_count));
    const [first = 0] = counts;
    expect(counts).toEqual([first, first + 1, first + 2]);
  });

  it("says nothing and does not count when silent, but runs", async () => {
    const { execution_count } = (await run("let quiet = 1;")).content;
    const silent = await run("quiet = 2; quiet", { silent: true });
    expect(silent.iopub.map(({ type }) => type)).toEqual(["status", "status"]);
    expect(silent.content).toMatchObject({ status: "ok", execution_count });
    expect((await run("quiet")).text).toBe("2");
  });

  it("shows its result but does not count without store_history", async () => {
    const { execution_count } = (await run("1")).content;
    const ran = await run("2", { store_history: false });
    expect(ran.text).toBe("2");
    expect(ran.content.execution_count).toBe(execution_count);
  });

  it("evaluates user_expressions after the cell, each with its own status", async () => {
    const user_expressions = { good: "base + 1", table: "[base]", throws: "missingName" };
    const { content } = await run("const base = 20;", { user_expressions });
    expect(content.status).toBe("ok");
    expect(content.user_expressions).toMatchObject({
      good: { status: "ok", data: { "text/plain": "21" }, metadata: {} },
      table: { status: "ok", data: { "text/plain": "[ 20 ]" } },
      throws: { status: "error", ename: expect.any(String), evalue: expect.any(String), traceback: expect.any(Array) },
    });
  });

  it("tells an error on iopub and in the reply with the same words", async () => {
    const ran = await run('throw new RangeError("too far")');
    const [error] = ran.published("error");
    expect(error).toMatchObject({ ename: "RangeError", evalue: "too far", traceback: expect.any(Array) });
    expect(ran.content).toMatchObject({ status: "error", ...error, execution_count: expect.any(Number) });
    expect(ran.types).toEqual(["error"]);
  });

  it("points into the cell's own lines, through functions of other cells", async () => {
    const first = (await run("function deep(x: { y: number } | null) {\n  return (x as { y: number }).y;\n}")).content;
    const { content } = await run("const unused = 1;\ndeep(null);");
    const traceback = (content.traceback as string[]).join("\n");
    expect(traceback).toContain(`Cell [${String(first.execution_count)}], line 2`);
    expect(traceback).toContain(`Cell [${String(content.execution_count)}], line 2`);
  });

  it("reports a type error with its code, line and column, and runs nothing of the cell", async () => {
    const ran = await run('console.log("ran");\nconst wrong: number = "text";');
    expect(ran.content.status).toBe("error");
    expect((ran.content.traceback as string[]).join("\n")).toMatch(/line 2, column 7.*TS2322/);
    expect(ran.types).toEqual(["error"]);
  });

  it("aborts the cells that wait behind a failing one, and runs those sent afterwards", async () => {
    const failing = 'await new Promise((r) => setTimeout(r, 100)); throw new Error("x")';
    const sent = await Promise.all([failing, "1", "2"].map((code) => session.kernel.sendCell(code)));
    const [failed, ...behind] = await Promise.all(sent.map((one) => session.kernel.exchange(one)));
    expect(failed?.content.status).toBe("error");
    for (const ran of behind) {
      expect(ran.content.status).toBe("aborted");
      expect(ran.iopub.map(({ content }) => content.execution_state)).toEqual(["busy", "idle"]);
    }
    expect((await run("3")).text).toBe("3");
  });

  it("goes on behind a failing cell that has stop_on_error off", async () => {
    const failing = await session.kernel.sendCell('throw new Error("x")', { stop_on_error: false });
    const next = await session.kernel.sendCell("1 + 1");
    expect((await session.kernel.exchange(failing)).content.status).toBe("error");
    expect((await session.kernel.exchange(next)).text).toBe("2");
  });

  it("answers an empty cell and a cell of comments without a result", async () => {
    for (const code of ["", "  \n ", "// nothing"]) {
      const ran = await run(code);
      expect(ran.content.status).toBe("ok");
      expect(ran.types).toEqual([]);
    }
  });

  it("takes a request that has only code, and one that lacks even that", async () => {
    expect((await session.kernel.request("shell", "execute_request", { code: "1 + 1" })).text).toBe("2");
    expect((await session.kernel.request("shell", "execute_request", {})).content.status).toBe("ok");
    const wrong = { code: 7, silent: "no", user_expressions: [], store_history: null };
    expect((await session.kernel.request("shell", "execute_request", wrong)).content.status).toMatch(/ok|error/);
  });

  it("carries text beyond the basic plane, and lone surrogates, to the client", async () => {
    const ran = await run('console.log("é 😀 \\u{1F680}"); "漢😀"');
    expect(ran.stream("stdout")).toBe("é 😀 🚀\n");
    expect(ran.text).toBe("'漢😀'");
    expect((await run('console.log("[\\ud83d]")')).stream("stdout")).toMatch(/^\[(\ud83d|�)\]\n$/);
  });

  it("runs a cell of a megabyte", async () => {
    const ran = await run(`const big = "${"x".repeat(1_000_000)}";\nbig.length`);
    expect(ran.text).toBe("1000000");
    expect(ran.published("execute_input")[0]?.code).toHaveLength(1_000_026);
  });

  it("awaits at top level, and imports packages, Node's modules, TypeScript files and JSON", async () => {
    await writeFile(join(session.kernel.cwd, "area.ts"), "export const area = (side: number): number => side ** 2;\n");
    await writeFile(join(session.kernel.cwd, "sides.json"), "[3]\n");
    const imports =
      'import { basename } from "node:path";\nimport { area } from "./area";\nimport sides from "./sides.json";';
    const ran = await run(`${imports}\nawait Promise.resolve([area(sides[0] ?? 0), basename("/a/b")])`);
    expect(ran.text).toBe("[ 9, 'b' ]");
    expect((await run('const { join } = await import("node:path");\njoin("a", "b")')).text).toBe("'a/b'");
  });

  it("carries declarations and types to later cells, and lets them be declared anew", async () => {
    await run("interface Row { n: number }\nconst row: Row = { n: 1 }; class Model { size = 1 }");
    expect((await run("const again: Row = row;\nagain.n + new Model().size")).text).toBe("2");
    await run('const row = "text"; class Model { name = "m" }; interface Row { s: string }');
    expect((await run("const typed: Row = { s: row + new Model().name };\ntyped.s")).text).toBe("'textm'");
  });

  it("has spt, tf, aq and plot without an import, and types with them", async () => {
    const ran = await run("[spt.search, tf.tensor, aq.table, plot].map((one) => typeof one !== 'undefined')");
    expect(ran.text).toBe("[ true, true, true, true ]");
    expect((await run("const t: tf.Tensor = tf.scalar(2);\nt.dataSync()[0]")).text).toBe("2");
  });

  it("runs magics and shell commands", async () => {
    expect((await run('!echo "from the shell"')).stream("stdout")).toBe("from the shell\n");
    await run("%env CONFORMANCE=yes");
    expect((await run("process.env.CONFORMANCE")).text).toBe("'yes'");
    expect((await run("%help")).types).toEqual(["display_data"]);
    expect((await run("%%time\n1 + 1")).stream("stdout")).toMatch(/ms|s\b/);
  });

  it("hands a cell the signal by which it can end itself when it is interrupted", async () => {
    const sent = await session.kernel.sendCell(
      'console.log("go");\nwhile (!interruptSignal.aborted) await new Promise((r) => setTimeout(r, 5));\n"ended"',
    );
    await session.kernel.printed(sent, "go");
    await session.kernel.request("control", "interrupt_request");
    expect((await session.kernel.exchange(sent)).text).toBe("'ended'");
  });

  it("lets earlier closures see a later assignment", async () => {
    await run("let level = 1;\nconst readLevel = () => level;");
    await run("level = 5;");
    expect((await run("readLevel()")).text).toBe("5");
  });

  it("shows null but neither undefined nor the value of a statement", async () => {
    expect((await run("null")).text).toBe("null");
    expect((await run("undefined")).result).toBeNull();
    expect((await run("for (const x of [1]) x;")).result).toBeNull();
  });
});
