import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import { run, runUntilGo, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

let kernel: KernelClient;
let subshellId: string;
beforeAll(async () => {
  kernel = await startBuiltKernel();
  await run(kernel, "const kept = 42;\nfunction say(text: string) { console.log(text); }");
}, START_TIMEOUT_MS);
beforeEach(async () => {
  subshellId = String((await kernel.request("control", "create_subshell_request")).content.subshell_id);
});
afterAll(() => kernel.shutdown());

const control = async (msgType: string, content = {}) => (await kernel.request("control", msgType, content)).content;

it("says that it supports subshells, and creates, lists and deletes them", async () => {
  expect((await control("kernel_info_request")).supported_features).toContain("kernel subshells");
  expect((await control("list_subshell_request")).subshell_id).toContain(subshellId);
  expect(await control("delete_subshell_request", { subshell_id: subshellId })).toEqual({ status: "ok" });
  expect((await control("list_subshell_request")).subshell_id).not.toContain(subshellId);
  expect(await control("delete_subshell_request", { subshell_id: subshellId })).toMatchObject({ status: "error" });
});

it("runs a cell of a subshell while one of the main shell waits, with the same variables", async () => {
  await run(kernel, "let released = () => {};");
  const main = runUntilGo(
    kernel,
    "await new Promise<void>((resolve) => { released = resolve });\n'freed'",
    async () => {
      expect((await run(kernel, "kept", { subshellId })).result).toBe("42");
      await run(kernel, "released();", { subshellId });
    },
  );
  expect((await main).result).toBe("'freed'");
});

it("gives each cell its own output while two take turns, whatever they wait for", async () => {
  const cell = (name: string): string => `
import { readFile } from "node:fs/promises";
arrived++;
while (arrived < 2) await new Promise((resolve) => setTimeout(resolve, 1));
async function deep(i: number) { await null; say("${name}" + i); }
for (let i = 0; i < 20; i++) {
  await new Promise((resolve) => setTimeout(resolve, 1));
  console.log("${name}t");
  await readFile("/proc/self/stat").catch(() => null);
  display({ "text/plain": "${name}d" }, { raw: true });
  await deep(i);
  await Promise.resolve().then(() => console.log("${name}p"));
  try { await Promise.reject(new Error()); } catch { console.log("${name}c"); }
}
"${name}r"`;
  await run(kernel, "let arrived = 0;");
  const [a, b] = await Promise.all([run(kernel, cell("a")), run(kernel, cell("b"), { subshellId })]);
  for (const [ran, name] of [
    [a, "a"],
    [b, "b"],
  ] as const) {
    expect(ran.result).toBe(`'${name}r'`);
    const lines = Array.from({ length: 20 }, (_, i) => [`${name}t`, `${name}${i}`, `${name}p`, `${name}c`]).flat();
    expect(ran.stream("stdout").trim().split("\n")).toEqual(lines);
    const shown = ran.published.filter(({ type }) => type === "display_data");
    expect(shown.map(({ content }) => content.data)).toEqual(Array(20).fill({ "text/plain": `${name}d` }));
  }
});

it("keeps the output of a cell that already waited when the second one came", async () => {
  await run(kernel, "let isOver = false;");
  const main = await runUntilGo(
    kernel,
    "while (!isOver) { await new Promise((r) => setTimeout(r, 2)); console.log('m'); }",
    async () => {
      const code =
        "for (let i = 0; i < 30; i++) { await new Promise((r) => setTimeout(r, 2)); console.log('s'); }\nisOver = true;";
      expect((await run(kernel, code, { subshellId })).stream("stdout")).toBe("s\n".repeat(30));
    },
  );
  expect(main.stream("stdout")).toMatch(/^go\n(m\n)+$/);
});

it("aborts only the failing shell's own queue", async () => {
  const main = runUntilGo(kernel, "await new Promise((r) => setTimeout(r, 200)); 'main'", async () => {
    const [failed, behind] = await Promise.all([
      kernel.execute("throw new Error('sub')", { subshellId }),
      kernel.execute("1", { subshellId }),
    ]);
    expect([failed.status, behind.status]).toEqual(["error", "aborted"]);
  });
  const behindMain = kernel.execute("kept");
  expect((await main).result).toBe("'main'");
  expect((await behindMain).status).toBe("ok");
});

it("keeps what both cells declare, also when they end in the other order", async () => {
  await run(kernel, "let isQuickOver = false;");
  const main = runUntilGo(
    kernel,
    "const slow = 'slow'; type Both = string; let both: string = 'main'; while (!isQuickOver) await new Promise((r) => setTimeout(r, 2));",
    async () => void (await run(kernel, "const quick = 1; let both = true; isQuickOver = true;", { subshellId })),
  );
  await main;
  expect((await run(kernel, "[slow.length, quick + 1, both === true]")).result).toBe("[ 4, 2, true ]");
});

it("interrupts the cells of all shells, and keeps the state", async () => {
  const other = run(kernel, "await new Promise(() => {})", { subshellId });
  const main = await runUntilGo(kernel, "while (true) {}", () => kernel.interrupt());
  expect(main.reply.ename).toBe("KeyboardInterrupt");
  expect((await other).reply.ename).toBe("KeyboardInterrupt");
  expect((await run(kernel, "kept", { subshellId })).result).toBe("42");
});

it("answers a request for an unknown subshell with an error", async () => {
  expect(await kernel.execute("1", { subshellId: "nowhere" })).toMatchObject({ status: "error", ename: "KernelError" });
});

it("tells the cells of all shells when the worker ends", async () => {
  const other = run(kernel, "await new Promise(() => {})", { subshellId });
  const main = await runUntilGo(kernel, "process.exit(5)", async () => undefined);
  expect(main.reply.ename).toBe("WorkerRestarted");
  expect((await other).reply.ename).toBe("WorkerRestarted");
  expect((await run(kernel, "kept", { subshellId })).reply.evalue).toMatch(/Cannot find name/);
});
