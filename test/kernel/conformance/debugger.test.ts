import { expect, it } from "vitest";
import type { Json } from "../../../kernel/wire/message.js";
import type { Received } from "./driver.js";
import { conformance } from "./suite.js";

const CELL = [
  "function twice(n: number): number {",
  "  const m = 2 * n;",
  "  return m;",
  "}",
  "const r = twice(21);",
  "r",
];

conformance("debug_request", {}, (session) => {
  let seq = 1;
  const request = async (command: string, args: Json = {}): Promise<Json> => {
    const content = { type: "request", seq: seq++, command, arguments: args };
    const { reply } = await session.kernel.request("control", "debug_request", content);
    expect(reply.content).toMatchObject({ type: "response", command, request_seq: content.seq });
    return reply.content;
  };
  const ask = async (command: string, args: Json = {}): Promise<Json> => {
    const response = await request(command, args);
    expect(response).toMatchObject({ success: true });
    return response.body as Json;
  };
  const event = (name: string, after: number): Promise<Received> =>
    session.kernel.waitFor(
      (m) => m.type === "debug_event" && m.content.event === name && session.kernel.messages.indexOf(m) >= after,
      `the event "${name}"`,
    );

  it("tells what a front end needs before it attaches", async () => {
    expect(await ask("debugInfo")).toMatchObject({
      isStarted: false,
      hashMethod: "Murmur2",
      hashSeed: expect.any(Number),
      tmpFilePrefix: expect.any(String),
      tmpFileSuffix: expect.any(String),
      breakpoints: [],
      stoppedThreads: [],
    });
  });

  it("refuses an unknown command, and one that comes too early, and goes on", async () => {
    expect(await request("noSuchCommand")).toMatchObject({ success: false, message: expect.any(String) });
    expect(await request("setBreakpoints", { source: { path: "x" } })).toMatchObject({ success: false });
  });

  it("initializes with the capabilities, and attaches", async () => {
    expect(await ask("initialize", { clientID: "conformance", pathFormat: "path" })).toMatchObject({
      supportsConfigurationDoneRequest: true,
    });
    await ask("attach");
    expect((await ask("debugInfo")).isStarted).toBe(true);
  });

  it("stops at a cell's breakpoint, shows frames, scopes and variables, evaluates, steps and continues", async () => {
    const { kernel } = session;
    const code = CELL.join("\n");
    const { sourcePath } = await ask("dumpCell", { code });
    const source = { path: sourcePath };
    const { breakpoints } = await ask("setBreakpoints", { source, breakpoints: [{ line: 3 }] });
    expect(breakpoints).toMatchObject([{ verified: true, line: 3 }]);
    await ask("configurationDone");

    let seen = kernel.messages.length;
    const cell = await kernel.sendCell(code);
    const stopped = await event("stopped", seen);
    expect(stopped).toMatchObject({ channel: "iopub", content: { body: { reason: "breakpoint", threadId: 1 } } });
    const { stackFrames } = await ask("stackTrace", { threadId: 1 });
    const [frame] = stackFrames as Json[];
    expect(frame).toMatchObject({ name: "twice", line: 3, source });
    const { scopes } = await ask("scopes", { frameId: frame?.id });
    const { variables } = await ask("variables", { variablesReference: (scopes as Json[])[0]?.variablesReference });
    expect(variables).toContainEqual(expect.objectContaining({ name: "m", value: "42" }));
    expect(await ask("evaluate", { expression: "m + 1", frameId: frame?.id })).toMatchObject({ result: "43" });
    expect(await kernel.call("heartbeat", { timeout_ms: 1_000 })).toBeLessThan(1_000);

    seen = kernel.messages.length;
    await ask("stepOut", { threadId: 1 });
    await event("stopped", seen);
    await ask("continue", { threadId: 1 });
    expect((await kernel.exchange(cell)).text).toBe("42");
  });

  it("lists the session's variables, and one of them richly, while nothing runs", async () => {
    expect((await ask("inspectVariables")).variables).toContainEqual(
      expect.objectContaining({ name: "r", value: "42" }),
    );
    expect((await ask("richInspectVariables", { variableName: "r" })).data).toEqual({ "text/plain": "42" });
  });

  it("lets a stopped cell be interrupted, and disconnects", async () => {
    const { kernel } = session;
    const seen = kernel.messages.length;
    const cell = await kernel.sendCell(CELL.join("\n"));
    await event("stopped", seen);
    await kernel.request("control", "interrupt_request");
    expect((await kernel.exchange(cell)).content.ename).toBe("KeyboardInterrupt");
    await ask("disconnect");
    expect(await ask("debugInfo")).toMatchObject({ isStarted: false, breakpoints: [] });
    expect((await kernel.execute(CELL.join("\n"))).text).toBe("42");
  });
});
