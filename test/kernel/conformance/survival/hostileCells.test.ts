import { expect, it } from "vitest";
import { conformance } from "../suite.js";

/** Whatever these cells throw, show or break: they end, the client is told, and the next cell runs. */
conformance("a cell that", {}, (session) => {
  it.each([
    ["throws undefined", "throw undefined"],
    ["throws a symbol", 'throw Symbol("s")'],
    [
      "throws an object whose fields throw",
      "throw { get message(): string { throw 1 }, get stack(): string { throw 2 } }",
    ],
    [
      "throws a proxy that throws",
      "throw new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 } })",
    ],
    [
      "throws an error whose fields are not text",
      "throw Object.assign(new Error(), { name: 1, message: { a: 1 }, stack: 7 })",
    ],
    [
      "throws an error whose fields throw",
      'throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1 } })',
    ],
    ["throws an error that is its own cause", 'const e = new Error("round"); e.cause = e; throw e'],
    [
      "breaks the preparation of stack traces",
      '(Error as any).prepareStackTrace = () => { throw new Error("p") }; throw new Error("x")',
    ],
    ["recurses without end", "const f = (): number => f() + 1; f()"],
    ["rejects with nothing", "await Promise.reject()"],
    ["shows a bigint as JSON", 'display({ "application/json": { n: 1n } }, { raw: true })'],
    [
      "shows a cycle as JSON",
      'const o: Record<string, unknown> = {}; o.o = o; display({ "application/json": o }, { raw: true })',
    ],
    ["shows a function", 'display({ "text/plain": () => 1 }, { raw: true })'],
    ["has metadata that cannot be sent", 'display("x", { metadata: { f: () => 1, n: 1n } })'],
    [
      "gives a bigint as its result's JSON",
      '({ [Symbol.for("Jupyter.display")]: () => ({ "application/json": 1n }) })',
    ],
    [
      "gives a function as its result's JSON",
      '({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": () => 1 }) })',
    ],
    [
      "gives a value that throws when it is inspected",
      '({ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("no") } })',
    ],
    ["gives a proxy that throws", "new Proxy({}, { get() { throw new Error('no') } })"],
    ["needs more memory than a buffer can have", "Buffer.alloc(2 ** 53)"],
    ["makes a string that is too long", '"x".repeat(2 ** 30)'],
  ])("%s gets an error", async (_name, code) => {
    const { kernel } = session;
    const ran = await kernel.execute(code);
    expect(ran.content).toMatchObject({ status: "error", ename: expect.any(String), evalue: expect.any(String) });
    for (const line of ran.content.traceback as unknown[]) expect(line).toEqual(expect.any(String));
    expect(ran.types.at(-1)).toBe("error");
    expect(ran.content.ename).not.toBe("TypeScriptError"); // It ran, and failed then.
    expect((await kernel.execute("1 + 1")).text).toBe("2");
  });

  it.each([
    ["replaces process.stdout.write", "process.stdout.write = () => true"],
    ["replaces console", "globalThis.console = {} as Console"],
    [
      "replaces timers",
      "globalThis.setTimeout = (() => 0) as never; globalThis.setImmediate = (() => 0) as never; globalThis.clearTimeout = (() => 0) as never",
    ],
    ["replaces Promise", "globalThis.Promise = null as never"],
    ["breaks arrays", "Array.prototype.map = () => []; Array.prototype[Symbol.iterator] = null as never"],
    ["breaks JSON", 'JSON.stringify = () => "{}"; JSON.parse = () => ({})'],
    [
      "adds to every object",
      "Object.defineProperty(Object.prototype, 'extra', { value: 1, enumerable: true, configurable: true, writable: true })",
    ],
    ["freezes globalThis", "Object.freeze(globalThis)"],
    ["removes the process's listeners", 'process.removeAllListeners(); process.removeAllListeners("message")'],
    ["removes them while a timer lives", "setInterval(() => undefined, 1_000); process.removeAllListeners()"],
    ["closes its channel while a timer lives", "setInterval(() => undefined, 1_000); process.disconnect()"],
    ["replaces process.send", "process.send = undefined"],
    ["changes the folder", 'process.chdir("/")'],
    [
      "deletes require and Buffer",
      "delete (globalThis as { Buffer?: unknown }).Buffer; delete (globalThis as { require?: unknown }).require",
    ],
    ["closes stdout", 'import { closeSync } from "node:fs"; closeSync(1); closeSync(2)'],
    ["destroys stdout", "process.stdout.destroy(); process.stderr.end()"],
  ])("%s does not hold up the next one", async (_name, code) => {
    const { kernel } = session;
    const ran = await kernel.execute(`${code};\nundefined`);
    expect(ran.content.status).toMatch(/ok|error/);
    expect(ran.content.ename).not.toBe("TypeScriptError");
    const next = await kernel.execute("1 + 1");
    expect(next.content.status === "error" || next.text === "2").toBe(true);
    await kernel.execute("process.exit(0)");
    expect((await kernel.execute("1 + 1")).text).toBe("2");
  });
});
