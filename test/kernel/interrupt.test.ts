import { afterAll, beforeAll, expect, it } from "vitest";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import { run, runUntilGo, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startBuiltKernel();
  await run(kernel, "const kept = 42;");
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());

it.each([
  ["a synchronous loop", "while (true) {}"],
  ["a loop after an await", "await null;\nwhile (true) {}"],
  ["a loop that catches everything", "while (true) { try { while (true) {} } catch {} }"],
  ["a loop of microtasks", "while (true) await null;"],
  ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
  ["a promise that never resolves", "await new Promise(() => {});"],
  ["a loop in a timer", "setTimeout(() => { while (true) {} }, 1);\nawait new Promise(() => {});"],
])("interrupts %s and keeps the state", async (_name, code) => {
  const { reply } = await runUntilGo(kernel, code, () => kernel.interrupt());
  expect(reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
  expect((await run(kernel, "kept")).result).toBe("42");
});

it("ends a loop that sleeps between its turns, and keeps its variables", async () => {
  const { reply } = await runUntilGo(
    kernel,
    "let turns = 0;\nwhile (true) { turns++; await new Promise((r) => setTimeout(r, 5)) }",
    () => kernel.interrupt(),
  );
  expect(reply.ename).toBe("KeyboardInterrupt");
  const first = (await run(kernel, "turns")).result;
  expect((await run(kernel, "await new Promise((r) => setTimeout(r, 60)); turns")).result).toBe(first);
});

it("lets a cell that watches interruptSignal end by itself, with its result", async () => {
  const code = "while (!interruptSignal.aborted) await new Promise((r) => setTimeout(r, 5));\n'stopped'";
  const { reply, result } = await runUntilGo(kernel, code, () => kernel.interrupt());
  expect(reply.status).toBe("ok");
  expect(result).toBe("'stopped'");
});

it("ends a loop that shows its progress, even when it waits for something that is not a timer", async () => {
  const code = `import { readFile } from "node:fs/promises";
let reads = 0;
while (true) { await readFile(import.meta.filename).catch(() => null); reads++; display(reads, { display_id: "r", update: reads > 1 }) }`;
  const { reply } = await runUntilGo(kernel, code, () => kernel.interrupt());
  expect(reply.ename).toBe("KeyboardInterrupt");
  const first = (await run(kernel, "await new Promise((r) => setTimeout(r, 20)); reads")).result;
  const second = await run(kernel, "await new Promise((r) => setTimeout(r, 60)); reads");
  expect(second.result).toBe(first);
  expect(second.stream("stderr")).toBe("");
});

it("does nothing when no cell runs, and does not hit the next one", async () => {
  await kernel.interrupt();
  expect((await run(kernel, "await new Promise((r) => setTimeout(r, 20)); kept")).result).toBe("42");
});

it("aborts the cells behind an interrupted one", async () => {
  let behind: Promise<{ status: string }> | undefined;
  await runUntilGo(kernel, "while (true) {}", async () => {
    behind = kernel.execute("1");
    await kernel.interrupt();
  });
  expect((await behind)?.status).toBe("aborted");
});

it("answers heartbeat, completion and kernel_info while a cell computes", async () => {
  await runUntilGo(kernel, "while (true) {}", async () => {
    expect(await kernel.heartbeat()).toBeLessThan(1_000);
    const content = { code: "kep", cursor_pos: 3 };
    expect((await kernel.request("shell", "complete_request", content)).content.matches).toContain("kept");
    expect((await kernel.request("control", "kernel_info_request")).content.status).toBe("ok");
    await kernel.interrupt();
  });
});

it("restarts a worker that ends, says that state is lost, and forgets the declarations", async () => {
  const { reply } = await run(kernel, "process.exit(3)");
  expect(reply).toMatchObject({ status: "error", ename: "WorkerRestarted" });
  expect(reply.evalue).toMatch(/process\.exit\(3\).*variables are lost/);
  expect((await run(kernel, "kept")).reply.evalue).toMatch(/Cannot find name/);
  expect((await run(kernel, "1 + 1")).result).toBe("2");
});

it("kills a cell that watches the signal but never ends, at the second interrupt", async () => {
  const code = "interruptSignal;\nwhile (true) {}";
  const { reply } = await runUntilGo(kernel, code, async () => {
    await kernel.interrupt();
    await new Promise((resolve) => setTimeout(resolve, 800));
    await kernel.interrupt();
  });
  expect(reply.ename).toBe("WorkerRestarted");
  expect((await run(kernel, "2 + 2")).result).toBe("4");
});
