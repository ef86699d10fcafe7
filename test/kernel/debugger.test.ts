import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import type { Json } from "../../kernel/wire/message.js";
import { itOnLinux } from "../itOnLinux.js";
import { type DebugClient, debugClient } from "./debugger/debugClient.js";
import { run, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

let kernel: KernelClient;
let client: DebugClient;
beforeAll(async () => {
  kernel = await startBuiltKernel();
  client = await debugClient(kernel);
  await run(kernel, "let shared = 42;\nfunction twice(n: number): number {\n  const m = 2 * n;\n  return m;\n}");
}, START_TIMEOUT_MS);
afterEach(() => client.ask("disconnect"));
afterAll(async () => {
  client.close();
  await kernel.shutdown();
});

/** An async function with types and blank lines, called by its cell. */
const CELL = [
  "interface Row { n: number }", // 1
  "const row: Row = { n: 1 };", // 2
  "", // 3
  "async function inner(p: number): Promise<number> {", // 4
  "  const list = [1, 2, 3];", // 5
  "  await null;", // 6
  "  const sum = twice(p) + shared;", // 7
  "  return sum;", // 8
  "}", // 9
  'console.log("before");', // 10
  "const r = await inner(5);", // 11
  "r;", // 12
].join("\n");

describe("before a client attaches", () => {
  it("tells how cells are named, and that nothing has started", async () => {
    expect(await client.ask("debugInfo")).toMatchObject({
      isStarted: false,
      hashMethod: "Murmur2",
      hashSeed: 0xc70f6907,
      tmpFileSuffix: ".ts",
      breakpoints: [],
      stoppedThreads: [],
      richRendering: true,
      copyToGlobals: true,
    });
  });

  it("shows the session's variables, and one of them as its MIME bundle", async () => {
    const { variables } = await client.ask("inspectVariables");
    expect(variables).toContainEqual(expect.objectContaining({ name: "shared", value: "42" }));
    expect((variables as Json[]).map(({ name }) => name)).not.toContain("exports");
    await run(kernel, 'const shown = { [Symbol.for("Jupyter.display")]: async () => ({ "text/html": "<b>x</b>" }) };');
    const { data } = await client.ask("richInspectVariables", { variableName: "shown" });
    expect(data).toEqual({ "text/html": "<b>x</b>" });
  });

  it("refuses what needs an attached debugger and what it does not know, by name", async () => {
    await expect(client.ask("setBreakpoints", { source: { path: "x" } })).rejects.toThrow(/initialize and attach/);
    await expect(client.ask("fly")).rejects.toThrow(/fly is not a command/);
  });
});

describe("breakpoints", () => {
  it("stop a cell on its own line, with its frames, its scopes and the functions that wait", async () => {
    await client.attach();
    await client.breakAt(CELL, 7);
    const ran = run(kernel, CELL);
    expect(await client.stopped()).toEqual(["inner:7", expect.stringMatching(/^Cell \[\d+\]:11$/)]);
    expect(await client.scope("Locals")).toMatchObject({ p: { value: "5" }, list: { value: "(3) [1, 2, 3]" } });
    expect(await client.scope("Closure")).toMatchObject({ row: { value: "{n: 1}", type: "Object" } });
    expect(await client.scope("Globals")).toMatchObject({ shared: { value: "42" } });
    expect(await client.ask("debugInfo")).toMatchObject({ isStarted: true, stoppedThreads: [1] });
    await client.ask("continue");
    expect(await client.event("continued")).toMatchObject({ threadId: 1 });
    expect((await ran).result).toBe("52");
  });

  it("move to the next line that runs, and are refused behind the last", async () => {
    await client.attach();
    const { sourcePath } = await client.ask("dumpCell", { code: CELL });
    const source = { path: sourcePath };
    const asked = { source, breakpoints: [{ line: 1 }, { line: 3 }, { line: 13 }] };
    const { breakpoints } = await client.ask("setBreakpoints", asked);
    expect(breakpoints).toMatchObject([
      { verified: true, line: 2 },
      { verified: true, line: 5 },
      { verified: false, message: expect.stringMatching(/no code/) },
    ]);
    expect((await client.ask("debugInfo")).breakpoints).toEqual([
      { source: sourcePath, breakpoints: [{ line: 2 }, { line: 5 }] },
    ]);
    expect((await client.ask("source", { source })).content).toBe(CELL);
  });

  it("stop every run of a cell, and a function that an earlier cell defined", async () => {
    const define = "function cube(n: number) {\n  return n ** 3;\n}";
    await run(kernel, define);
    await client.attach();
    await client.breakAt(define, 2);
    const called = run(kernel, "cube(2)");
    expect(await client.stopped()).toEqual(["cube:2", expect.stringMatching(/^Cell \[\d+\]:1$/)]);
    await client.ask("continue");
    expect((await called).result).toBe("8");
    const code = "const again = 1;\nagain + 1;";
    await client.breakAt(code, 2);
    for (let turn = 0; turn < 2; turn++) {
      const ran = run(kernel, code);
      expect(await client.stopped()).toEqual([expect.stringMatching(/^Cell \[\d+\]:2$/)]);
      await client.ask("continue");
      expect((await ran).result).toBe("2");
    }
    await client.breakAt(code);
    expect((await run(kernel, code)).result).toBe("2");
  });

  it("stop only where their condition holds, which sees locals and earlier cells, and print instead with a message", async () => {
    await client.attach();
    const code = "let last = 0;\nfor (let i = 0; i < 5; i++) {\n  last = i;\n}\nlast;";
    await client.breakAt(code, { line: 3, condition: "i === shared - 39" });
    const ran = run(kernel, code);
    await client.stopped();
    expect((await client.scope("Locals")).i).toMatchObject({ value: "3" });
    await client.breakAt(code);
    await client.ask("continue");
    expect((await ran).result).toBe("4");
    await client.breakAt(code, { line: 3, logMessage: "i is {i} of {shared}" });
    expect((await run(kernel, code)).stream("stdout")).toContain("i is 0 of 42\ni is 1 of 42\n");
  });
});

describe("a local module", () => {
  it("has breakpoints, frames and lines of its own, also when it is edited", async () => {
    const folder = (await run(kernel, 'import { writeFileSync } from "node:fs";\nprocess.cwd()')).result?.slice(1, -1);
    const path = `${folder}/area.ts`;
    const write = (text: string) => run(kernel, `writeFileSync("area.ts", ${JSON.stringify(text)})`);
    await write("interface Box {\n  w: number;\n}\nexport function area(box: Box) {\n  return box.w ** 2;\n}\n");
    await client.attach();
    const set = (line: number) => client.ask("setBreakpoints", { source: { path }, breakpoints: [{ line }] });
    expect((await set(5)).breakpoints).toMatchObject([{ verified: true, line: 5 }]);
    const code = 'import { area } from "./area";\narea({ w: 3 });';
    const first = run(kernel, code);
    expect(await client.stopped()).toEqual(["area:5", expect.stringMatching(/^Cell \[\d+\]:2$/)]);
    await client.ask("continue");
    expect((await first).result).toBe("9");
    expect((await client.ask("modules")).modules).toContainEqual(expect.objectContaining({ name: "area.ts", path }));
    await write("export function area(box: { w: number }) {\n  const { w } = box;\n\n  return w * 4;\n}\n");
    expect((await set(3)).breakpoints).toMatchObject([{ verified: true, line: 4 }]);
    const second = run(kernel, code);
    expect((await client.stopped())[0]).toBe("area:4");
    await client.ask("continue");
    expect((await second).result).toBe("12");
  });
});

describe("while stopped", () => {
  it("steps over, into and out of functions, without entering the kernel", async () => {
    await client.attach();
    await client.breakAt(CELL, 7);
    const ran = run(kernel, CELL);
    await client.stopped();
    await client.ask("stepIn");
    expect((await client.stopped()).slice(0, 2)).toEqual(["twice:3", "inner:7"]);
    await client.ask("next");
    expect((await client.stopped())[0]).toBe("twice:4");
    await client.ask("stepOut");
    expect((await client.stopped())[0]).toBe("inner:8");
    await client.ask("stepOut");
    expect((await client.stopped())[0]).toMatch(/^Cell \[\d+\]:1[12]$/);
    await client.ask("continue");
    expect((await ran).result).toBe("52");
  });

  it("evaluates, sets and copies variables of a frame and of earlier cells", async () => {
    await client.attach();
    await client.breakAt(CELL, 7);
    const ran = run(kernel, CELL);
    await client.stopped();
    const frameId = await client.frameId();
    const evaluate = async (expression: string) => (await client.ask("evaluate", { expression, frameId })).result;
    expect(await evaluate("p + shared + twice(list[2])")).toBe("53");
    expect(await evaluate("p = 6; shared = 1; [p, shared]")).toBe("(2) [6, 1]");
    await expect(evaluate("nowhere")).rejects.toThrow("ReferenceError: nowhere is not defined");
    const { scopes } = await client.ask("scopes", { frameId });
    const { variablesReference } = (scopes as Json[])[0] ?? {};
    expect(await client.ask("setVariable", { variablesReference, name: "p", value: "7" })).toMatchObject({
      value: "7",
    });
    const { data } = await client.ask("richInspectVariables", { variableName: "list", frameId });
    expect(data).toEqual({ "text/plain": "[ 1, 2, 3 ]" });
    const copy = { srcVariableName: "list", dstVariableName: "copied", srcFrameId: frameId };
    await client.ask("copyToGlobals", copy);
    await client.ask("continue");
    expect((await ran).result).toBe("15");
    expect((await run(kernel, "copied.length + shared")).result).toBe("4");
    await run(kernel, "shared = 42");
  });

  it("pages through an array, and looks into maps, classes and nested objects", async () => {
    await client.attach();
    const code = [
      "const big = Array.from({ length: 100_000 }, (_, i) => i);",
      'class Box { #secret = 1; open = { deep: ["x"] } }',
      'const kinds = { map: new Map([["k", 1]]), box: new Box(), tiny: new Float32Array(2), big: 10n, no: null };',
      "kinds;",
    ].join("\n");
    await client.breakAt(code, 4);
    const ran = run(kernel, code);
    await client.stopped();
    const locals = await client.scope("Locals");
    const children = async (parent: Json | undefined, page: Json = {}): Promise<Json[]> => {
      const { variables } = await client.ask("variables", {
        variablesReference: parent?.variablesReference,
        ...page,
      });
      return variables as Json[];
    };
    expect(locals.big).toMatchObject({ indexedVariables: 100_000, type: "Array" });
    const page = await children(locals.big, { filter: "indexed", start: 99_998, count: 2 });
    expect(page).toMatchObject([
      { name: "99998", value: "99998", evaluateName: "big[99998]" },
      { name: "99999", value: "99999" },
    ]);
    expect((await children(locals.big)).at(-1)).toMatchObject({ value: "99000 more elements" });
    const kinds = await children(locals.kinds);
    expect(kinds.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'map: Map(1) {"k" => 1}',
      expect.stringMatching(/^box: Box \{.*open: Object.*\}$/),
      "tiny: Float32Array(2) [0, 0]",
      "big: 10n",
      "no: null",
    ]);
    const box = await children(kinds[1]);
    expect(box.map(({ name }) => name)).toEqual(["open", "#secret"]);
    expect((await children(box[0]))[0]).toMatchObject({ name: "deep", evaluateName: "kinds.box.open.deep" });
    await client.ask("continue");
    await ran;
  });

  it("has shown what the cell printed, and answers heartbeat, completion and kernel_info", async () => {
    await client.attach();
    await client.breakAt(CELL, 11);
    let printed: () => void = () => undefined;
    const shown = new Promise<void>((resolve) => {
      printed = resolve;
    });
    const ran = run(kernel, CELL, {
      onIopub: ({ header, content }) => {
        if (header.msg_type === "stream" && content.text === "before\n") printed();
      },
    });
    await client.stopped();
    await shown;
    expect(await kernel.heartbeat()).toBeLessThan(1_000);
    const reply = await kernel.request("shell", "complete_request", { code: "shar", cursor_pos: 4 });
    expect(reply.content.matches).toContain("shared");
    expect((await kernel.request("control", "kernel_info_request")).content).toMatchObject({
      debugger: true,
      supported_features: expect.arrayContaining(["debugger"]),
    });
    await client.ask("disconnect");
    expect((await ran).result).toBe("52");
  });

  it.each([
    ["a synchronous function", "function stay() {\n  return 1;\n}\nstay();", 2],
    ["code after an await", "await null;\nconst stays = 1;", 2],
    ["a timer", "setTimeout(() => {\n  shared;\n}, 1);\nawait new Promise(() => {});", 2],
  ])("lets an interrupt end a cell that stands in %s, and keeps the state", async (_name, code, line) => {
    await client.attach();
    await client.breakAt(code, line);
    const ran = run(kernel, code);
    await client.stopped();
    await kernel.interrupt();
    expect((await ran).reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    await client.event("continued");
    expect((await run(kernel, "shared")).result).toBe("42");
  });

  it("stops a running loop on request", async () => {
    await client.attach();
    const ran = run(kernel, "let turns = 0;\nlet go = true;\nwhile (go) {\n  turns++;\n}\n'out'");
    await client.ask("pause");
    await client.stopped();
    await client.ask("evaluate", { expression: "go = false", frameId: await client.frameId() });
    await client.ask("continue");
    expect((await ran).result).toBe("'out'");
  });
});

describe("exceptions", () => {
  const caught = 'const parse = (text: string) => {\n  throw new RangeError(text);\n};\ntry { parse("a") } catch {}';

  it("stop where they are thrown when all are asked for", async () => {
    await client.attach();
    await client.ask("setExceptionBreakpoints", { filters: ["all"] });
    const ran = run(kernel, caught);
    expect((await client.stopped())[0]).toBe("parse:2");
    expect(await client.ask("exceptionInfo")).toMatchObject({ exceptionId: "RangeError" });
    await client.ask("setExceptionBreakpoints", { filters: [] });
    await client.ask("continue");
    expect((await ran).reply.status).toBe("ok");
  });

  it("stop only where no code of the user catches them when the uncaught are asked for", async () => {
    await client.attach();
    await client.ask("setExceptionBreakpoints", { filters: ["uncaught"] });
    expect((await run(kernel, caught)).reply.status).toBe("ok");
    const ran = run(kernel, 'await null;\nthrow new RangeError("b");');
    expect(await client.stopped()).toEqual([expect.stringMatching(/:2$/)]);
    await client.ask("continue");
    expect((await ran).reply).toMatchObject({ ename: "RangeError", evalue: "b" });
  });
});

describe("the worker's end", () => {
  it("ends the debug session with it, also while stopped, and another can begin", async () => {
    await client.attach();
    const code = "const doomed = 1;\nprocess.exit(4);";
    await client.breakAt(code, 2);
    const ran = run(kernel, code);
    await client.stopped();
    await client.ask("continue");
    await client.event("terminated");
    expect((await ran).reply.ename).toBe("WorkerRestarted");
    expect(await client.ask("debugInfo")).toMatchObject({ isStarted: false, breakpoints: [] });
    await client.attach();
    await client.breakAt("const fresh = 1;\nfresh;", 2);
    const next = run(kernel, "const fresh = 1;\nfresh;");
    expect(await client.stopped()).toHaveLength(1);
    await client.ask("terminate");
    await client.event("terminated");
    expect((await next).reply.ename).toBe("KeyboardInterrupt");
  });
});

itOnLinux("opens no port beyond the five of the connection file", async () => {
  await client.attach();
  expect(listeningPorts(kernel.pid)).toHaveLength(5);
});

/** TCP ports on which a process or its children listen. */
function listeningPorts(pid: number): number[] {
  const processes = [pid, ...descendants(pid)];
  const inodes = new Set(processes.flatMap((id) => socketInodes(id)));
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === "0A" && inodes.has(inode ?? ""))
      .map(([, local = ""]) => Number.parseInt(local.split(":")[1] ?? "", 16)),
  );
}

function socketInodes(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return []; // Closed in the meantime.
    }
  });
}

function descendants(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}
