import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel/client/jupyterClient.js";
import type { Json } from "../../../kernel/wire/message.js";
import { temporaryFolder } from "../../temporaryFolder.js";
import { run, START_TIMEOUT_MS, startBuiltKernel } from "../session.js";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let kernel: KernelClient;
let cwd: string;
beforeAll(async () => {
  cwd = temporaryFolder("sptlab-rich-");
  kernel = await startBuiltKernel({ cwd });
  await run(kernel, "0");
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());

/** What a cell displays or returns, in order. */
async function outputsOf(code: string): Promise<Json[]> {
  const { published, reply } = await run(kernel, code);
  expect(reply.traceback ?? []).toEqual([]);
  return published.filter(({ type }) => /display_data|execute_result/.test(type)).map(({ content }) => content);
}

describe("display", () => {
  it("has methods for Markdown, LaTeX, HTML and JSON, which can be updated", async () => {
    const cell = [
      'display.markdown("**a**", { display_id: "m" });',
      'display.markdown("**b**", { display_id: "m", update: true });',
      'display.latex("$x^2$");',
      'display.html("<b>c</b>");',
      "display.json({ d: [1] });",
    ].join("\n");
    const outputs = await outputsOf(cell);
    expect(outputs.map(({ data }) => data)).toEqual([
      { "text/markdown": "**a**", "text/plain": "**a**" },
      { "text/markdown": "**b**", "text/plain": "**b**" },
      { "text/latex": "$x^2$", "text/plain": "$x^2$" },
      { "text/html": "<b>c</b>", "text/plain": "<b>c</b>" },
      { "application/json": { d: [1] }, "text/plain": "{ d: [ 1 ] }" },
    ]);
    expect(outputs[1]?.transient).toEqual({ display_id: "m" });
  });

  it("shows pictures from bytes, files and markup, with their size", async () => {
    await writeFile(join(cwd, "dot.png"), Buffer.from(PNG, "base64"));
    const cell = `display.image(Buffer.from("${PNG}", "base64"));\ndisplay.image("dot.png", { width: 20 });\ndisplay.image('<svg width="4" height="2"></svg>');`;
    const outputs = await outputsOf(cell);
    expect(outputs.map(({ metadata }) => metadata)).toEqual([
      { "image/png": { width: 1, height: 1 } },
      { "image/png": { width: 20, height: 20 } },
      { "image/svg+xml": { width: 4, height: 2 } },
    ]);
    expect(outputs[1]?.data).toMatchObject({ "image/png": PNG, "text/plain": "PNG picture, 1 × 1" });
    expect((await run(kernel, 'display.image("missing.png")')).reply.evalue).toMatch(/ENOENT.*missing\.png/);
  });

  it("refuses what JSON cannot carry, in the cell, and goes on", async () => {
    const circle = "const circle: { self?: object } = {}; circle.self = circle;\n";
    for (const call of [
      "display.json(circle)",
      "display.json({ big: 5n })",
      'display({ "a/json": circle }, { raw: true })',
    ]) {
      expect((await run(kernel, circle + call)).reply.evalue).toMatch(/^expected text, bytes or JSON for \w+\/json: /);
    }
    expect((await run(kernel, `${circle}display(1, { metadata: { circle } })`)).reply.evalue).toMatch(
      /JSON for circle/,
    );
    expect((await outputsOf("display.json([NaN, undefined, new Date(0)]);"))[0]?.data).toMatchObject({
      "application/json": [null, null, "1970-01-01T00:00:00.000Z"],
    });
  });

  it("shows progress in place, and its types complete", async () => {
    const outputs = await outputsOf(
      'let total = 0;\nfor (const n of display.progress([1, 2, 3], { label: "sum" })) total += n;\nfor await (const n of display.progress((async function* () { yield 4 })())) total += n;\ntotal',
    );
    const texts = outputs.map(({ data }) => (data as Record<string, string>)["text/plain"]);
    expect(texts[0]).toMatch(/^sum ░{20} 0\/3, starting$/);
    expect(texts).toContainEqual(expect.stringMatching(/^sum █{20} 3\/3, [\d.]+ s$/));
    expect(texts.at(-1)).toBe("10");
    const ids = outputs.slice(0, -1).map(({ transient }) => (transient as Json).display_id);
    expect(new Set(ids).size).toBe(2);
    const reply = await kernel.request("shell", "complete_request", { code: "display.prog", cursor_pos: 12 });
    expect(reply.content.matches).toContain("progress");
  });
});

describe("the result", () => {
  const textOf = async (code: string) => (await run(kernel, code)).result ?? "";

  it("of bytes that are a picture is the picture", async () => {
    const [output] = await outputsOf(`Buffer.from("${PNG}", "base64")`);
    expect(output?.data).toMatchObject({ "image/png": PNG, "text/plain": expect.stringMatching(/^<Buffer 89 50/) });
  });

  it("that is an error is shown with its cause, by the cell's lines, and fails nothing", async () => {
    const text = await textOf('const inner = new RangeError("inner");\nnew Error("outer", { cause: inner })');
    expect(text).toMatch(
      /^Error: outer\n {4}at Cell \[\d+\], line 2, column 1.*\[cause\]: RangeError: inner\n {6}at Cell \[\d+\], line 1, column 15/s,
    );
    expect(text).not.toMatch(/node:|kernel\/worker/);
  });

  it("is never interpreted: HTML in a string is a string", async () => {
    const [output] = await outputsOf('"<b>no</b>"');
    expect(output?.data).toEqual({ "text/plain": "'<b>no</b>'" });
  });

  it("of maps, sets, typed arrays, functions, classes and promises reads like JavaScript", async () => {
    const cell =
      '[new Map([["a", 1]]), new Set([2]), new Float32Array([3]), function f() {}, class C {}, Promise.resolve(4), Symbol("s"), 5n]';
    const text = await textOf(cell);
    for (const part of [
      "Map(1) { 'a' => 1 }",
      "Set(1) { 2 }",
      "Float32Array(1) [ 3 ]",
      "[Function: f]",
      "[class C]",
      "Promise { 4 }",
      "Symbol(s)",
      "5n",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("is cut to a length that can be read", async () => {
    expect(await textOf("Array.from({ length: 1e6 }, (_, i) => i)")).toMatch(/\.\.\. 999900 more items/);
    expect(
      (
        await textOf(
          "Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [`a long key with the number `.concat(String(i)), i]))",
        )
      ).length,
    ).toBeLessThan(51_000);
    expect(await textOf('"x".repeat(1e6)')).toMatch(/990000 more characters$/);
  });

  it("that is a table has 50 rows as HTML and as text, and says how to see more", async () => {
    const [output] = await outputsOf("aq.table({ n: Array.from({ length: 120 }, (_, i) => i + 1) })");
    const data = output?.data as Record<string, string>;
    expect(data["text/html"]?.match(/<tr>/g)).toHaveLength(51); // and the head
    expect(data["text/html"]).toMatch(/rows 1 to 50 of 120; the next ones: table\.slice\(50, 100\)/);
    expect(data["text/plain"]?.split("\n").slice(-2)).toEqual([
      "50",
      "… rows 1 to 50 of 120; the next ones: table.slice(50, 100)",
    ]);
  });

  it("that is a tensor has type, shape, summary and values", async () => {
    const text = await textOf("tf.tensor2d([[1, 2], [3, NaN]])");
    expect(text).toMatch(/^float32 \[2, 2\]\nmin 1, mean 2, max 3, std 0\.8165, 1 NaN\n.*\[\[1, 2 {2}\],/s);
    expect(await textOf('tf.tensor1d(["a", "b"])')).toMatch(/^string \[2\]\n.*\['a', 'b'\]/s);
    expect(await textOf("const gone = tf.scalar(1); gone.dispose(); gone")).toBe(
      "float32 [], disposed: its values are gone",
    );
  });

  it("that is a large tensor has a summary from the device and the first values, and leaves no tensors behind", async () => {
    const text = await textOf("const large = tf.ones([4_100, 1_000]); const before = tf.memory().numTensors; large");
    expect(text).toBe(
      `float32 [4100, 1000]\nmin 1, mean 1, max 1, std 0\n[${Array(10).fill(1).join(", ")}, … 4,099,990 more]`,
    );
    expect(await textOf("tf.memory().numTensors - before")).toBe("0");
  });
});

it("an error with several errors inside shows each", async () => {
  const { reply } = await run(
    kernel,
    'await Promise.any([Promise.reject(new RangeError("one")), Promise.reject(new TypeError("two"))])',
  );
  expect(reply.traceback?.join("\n")).toMatch(
    /AggregateError.*Together with:.*RangeError.*one.*Together with:.*TypeError.*two/s,
  );
});

it("a thrown value that cannot be read ends the cell like any other", async () => {
  const unreadable = 'throw Object.defineProperty(new Error("weird"), "stack", { get() { throw new Error("no") } })';
  expect((await run(kernel, unreadable)).reply).toMatchObject({ status: "error", ename: "Uncaught" });
  const proxy = "throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })";
  expect((await run(kernel, proxy)).reply).toMatchObject({ status: "error", ename: "Uncaught" });
  expect((await run(kernel, "throw null")).reply).toMatchObject({ status: "error", evalue: "null" });
});
