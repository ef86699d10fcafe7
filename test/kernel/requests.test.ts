import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dealer } from "zeromq";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import { endpoint } from "../../kernel/wire/connection.js";
import type { Json } from "../../kernel/wire/message.js";
import { run, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startBuiltKernel();
  await run(
    kernel,
    "/** Twice the number. */\nfunction twice(n: number): number { return 2 * n }\nconst kept = { inner: 1 };",
  );
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());

const ask = async (msgType: string, content: Json): Promise<Json> =>
  (await kernel.request("shell", msgType, content)).content;

describe("complete_request", () => {
  it("knows members of earlier cells' values and their kinds", async () => {
    const reply = await ask("complete_request", { code: "kept.in", cursor_pos: 7 });
    expect(reply).toMatchObject({ status: "ok", matches: ["inner"], cursor_start: 5, cursor_end: 7 });
    expect(reply.metadata).toMatchObject({ _jupyter_types_experimental: [{ text: "inner", type: "property" }] });
  });

  it("knows the kernel's globals", async () => {
    expect((await ask("complete_request", { code: "tf.zerosL", cursor_pos: 9 })).matches).toContain("zerosLike");
    expect((await ask("complete_request", { code: "interruptSig", cursor_pos: 12 })).matches).toContain(
      "interruptSignal",
    );
  });

  it("counts positions in code points", async () => {
    const reply = await ask("complete_request", { code: '"😀"; kept.in', cursor_pos: 12 });
    expect(reply).toMatchObject({ matches: ["inner"], cursor_start: 10, cursor_end: 12 });
  });
});

describe("inspect_request", () => {
  it("shows signature and documentation, also with the cursor behind the bracket", async () => {
    const { found, data } = await ask("inspect_request", { code: "twice(", cursor_pos: 6 });
    expect(found).toBe(true);
    expect(data).toMatchObject({ "text/plain": "function twice(n: number): number\n\nTwice the number." });
  });

  it("finds nothing for an unknown name", async () => {
    expect(await ask("inspect_request", { code: "nowhere", cursor_pos: 3 })).toMatchObject({
      status: "ok",
      found: false,
    });
  });
});

it("answers is_complete, history, comm_info and kernel_info", async () => {
  expect(await ask("is_complete_request", { code: "if (1) {" })).toEqual({ status: "incomplete", indent: "  " });
  expect(await ask("is_complete_request", { code: "a b" })).toEqual({ status: "invalid" });
  await run(kernel, "const remembered = 1;");
  const history = (await ask("history_request", { hist_access_type: "search", pattern: "*remembered*", n: 5 })).history;
  expect(history).toEqual([[1, expect.any(Number), "const remembered = 1;"]]);
  expect(await ask("comm_info_request", {})).toEqual({ status: "ok", comms: {} });
  expect(await ask("kernel_info_request", {})).toMatchObject({
    status: "ok",
    implementation: "sptlab",
    language_info: { name: "typescript", file_extension: ".ts" },
  });
});

it("survives garbage, a wrong signature and an unknown type on every socket", async () => {
  for (const channel of ["shell", "control", "stdin"] as const) {
    const socket = new Dealer({ linger: 100 });
    socket.connect(endpoint(kernel.connection, channel));
    await socket.send(["nonsense"]);
    await socket.send(["<IDS|MSG>", "0".repeat(64), "{}", "{}", "{}", "{}"]);
    await socket.send(["<IDS|MSG>", "", "not json", "{}", "{}", "{}"]);
    socket.close();
  }
  expect((await run(kernel, "1 + 2")).result).toBe("3");
});

it(
  "echoes a shutdown request, ends with code 0, and rejects what still runs",
  async () => {
    const other = await startBuiltKernel();
    const running = other.execute("await new Promise(() => {})").catch((error: Error) => error.message);
    await other.shutdown();
    expect(await other.exited).toBe(0);
    expect(await running).toMatch(/kernel process ended/);
  },
  START_TIMEOUT_MS,
);
