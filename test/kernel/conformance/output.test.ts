import { expect, it } from "vitest";
import { conformance } from "./suite.js";

/** A PNG of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

conformance("what a cell shows", {}, (session) => {
  const run = (code: string) => session.kernel.execute(code);

  it("sends console, stdout and child processes to stdout, and errors to stderr, before idle", async () => {
    const ran = await run(
      'import { execSync } from "node:child_process";\nconsole.log("log"); console.error("err"); process.stdout.write("raw\\n");\nexecSync("echo child; echo fault >&2", { stdio: "inherit" });',
    );
    expect(ran.stream("stdout")).toBe("log\nraw\nchild\n");
    expect(ran.stream("stderr")).toBe("err\nfault\n");
    expect(ran.iopub.at(-1)?.content).toEqual({ execution_state: "idle" });
  });

  it("keeps the order of streams, displays and the result", async () => {
    const ran = await run('console.log(1); console.error(2); display("three"); console.log(4); 5');
    expect(ran.types).toEqual(["stream", "stream", "display_data", "stream", "execute_result"]);
  });

  it("prints progress while the cell runs, and joins what comes in one burst", async () => {
    const sent = await session.kernel.sendCell(
      'console.log("first"); await new Promise((r) => setTimeout(r, 500)); for (let i = 0; i < 100; i++) console.log(i);',
    );
    await session.kernel.printed(sent, "first");
    expect(session.kernel.messages.some((m) => m.parent.msg_id === sent.msg_id && m.channel === "shell")).toBe(false);
    expect((await session.kernel.exchange(sent)).published("stream").length).toBeLessThan(10);
  });

  it("displays a MIME bundle, with metadata, and binary content as base64", async () => {
    const ran = await run(
      'display({ "text/html": "<b>1</b>", "image/png": new Uint8Array([1, 2]) }, { raw: true, metadata: { isolated: true } })',
    );
    expect(ran.published("display_data")).toEqual([
      { data: { "text/html": "<b>1</b>", "image/png": "AQI=" }, metadata: { isolated: true }, transient: {} },
    ]);
  });

  it("updates a display by its id, also from a later cell", async () => {
    const first = await run('display({ "text/plain": "a" }, { raw: true, display_id: "d" })');
    expect(first.published("display_data")[0]?.transient).toEqual({ display_id: "d" });
    const second = await run('display({ "text/plain": "b" }, { raw: true, display_id: "d", update: true })');
    expect(second.published("update_display_data")).toEqual([
      { data: { "text/plain": "b" }, metadata: {}, transient: { display_id: "d" } },
    ]);
  });

  it("clears the output at once, or when the next comes", async () => {
    const ran = await run("clearOutput(); clearOutput(true);");
    expect(ran.published("clear_output")).toEqual([{ wait: false }, { wait: true }]);
  });

  it('shows what Symbol.for("Jupyter.display") returns, in results and displays', async () => {
    await run('const own = { [Symbol.for("Jupyter.display")]: () => ({ "text/markdown": "**x**" }) };');
    const ran = await run("display(own);\nown");
    expect(ran.published("display_data")[0]?.data).toEqual({ "text/markdown": "**x**" });
    expect(ran.result).toEqual({ "text/markdown": "**x**" });
  });

  it("fails a cell whose value cannot show itself, and says why", async () => {
    const ran = await run('({ [Symbol.for("Jupyter.display")]() { throw new Error("no picture") } })');
    expect(ran.content).toMatchObject({ status: "error", evalue: "no picture" });
  });

  it("always offers text/plain beside a tensor's, a table's and a figure's richer form", async () => {
    const tensor = await run("tf.tensor1d([1, 2])");
    expect(tensor.text).toMatch(/float32 \[2\]/);
    const table = await run('aq.table({ name: ["a", "b"], n: [1, 2] })');
    expect(table.result).toMatchObject({
      "text/html": expect.stringContaining("<table"),
      "text/plain": expect.any(String),
    });
  });

  it("shows Markdown, LaTeX, HTML, JSON and images by name", async () => {
    const ran = await run(
      `const PIXEL = "${PIXEL}";\n` +
        'display.markdown("**m**"); display.latex("$x$"); display.html("<b>h</b>"); display.json({ a: [1] }); display.image(Buffer.from(PIXEL, "base64"));',
    );
    const types = ran.data("display_data").map((data) => Object.keys(data).filter((type) => type !== "text/plain")[0]);
    expect(types).toEqual(["text/markdown", "text/latex", "text/html", "application/json", "image/png"]);
  });

  it("moves a progress bar in place: one display, updated", async () => {
    const ran = await run(
      "for (const i of display.progress([1, 2, 3])) await new Promise((r) => setTimeout(r, 60 * i));",
    );
    expect(ran.published("display_data")).toHaveLength(1);
    const id = ran.published("display_data")[0]?.transient;
    expect(ran.published("update_display_data").at(-1)?.transient).toEqual(id);
  });

  it("keeps tslab's display working", async () => {
    const ran = await run('import * as tslab from "tslab";\ntslab.display.html("<i>x</i>");');
    expect(ran.published("display_data")[0]?.data).toEqual({ "text/html": "<i>x</i>" });
  });

  it("sends what a timer prints after the cell's end on the cell's behalf", async () => {
    const ran = await run('setTimeout(() => console.log("late"), 200);\n"done"');
    expect(ran.stream("stdout")).toBe("");
    await session.kernel.printed(ran.sent, "late");
  });

  it("shows unhandled rejections and throws in timers on stderr, and goes on", async () => {
    const ran = await run(
      'void Promise.reject(new Error("lost"));\nsetTimeout(() => { throw new Error("thrown late") }, 0);\nawait new Promise((r) => setTimeout(r, 50));\n"still here"',
    );
    expect(ran.text).toBe("'still here'");
    expect(ran.stream("stderr")).toMatch(/lost/);
    expect(ran.stream("stderr")).toMatch(/thrown late/);
  });

  it("keeps text whole that is written in halves of a character", async () => {
    const ran = await run(
      'const bytes = Buffer.from("😀\\n");\nprocess.stdout.write(bytes.subarray(0, 2)); process.stdout.write(bytes.subarray(2));',
    );
    expect(ran.stream("stdout")).toBe("😀\n");
  });

  it("prints cycles, bigints, symbols, dates, maps, typed arrays and errors without failing", async () => {
    const ran = await run(
      'const loop: Record<string, unknown> = { n: 1n, s: Symbol("s"), m: new Map([[1, new Date(0)]]), f: new Float32Array(2) };\nloop.self = loop;\nconsole.log(loop, new Error("shown"));\nloop',
    );
    expect(ran.content.status).toBe("ok");
    expect(ran.text).toMatch(/Circular|\[Getter|self/);
    expect(ran.stream("stdout")).toMatch(/1n.*shown/s);
  });
});
