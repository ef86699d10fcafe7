import { afterAll, beforeAll, expect, it } from "vitest";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import type { Json, Message } from "../../kernel/wire/message.js";
import { run, runUntilGo, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

let kernel: KernelClient;
/** Every comm message that the kernel published, in order. */
const heard: Message[] = [];
beforeAll(async () => {
  kernel = await startBuiltKernel();
  kernel.onIopub((message) => message.header.msg_type.startsWith("comm_") && heard.push(message));
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());

/** Sends a message over a comm; resolves with what was published for it. */
async function send(msgType: string, content: Json, buffers: readonly Buffer[] = []): Promise<Message[]> {
  const published: Message[] = [];
  await kernel.comm(msgType, content, { metadata: { from: "test" }, buffers }, (message) => published.push(message));
  return published;
}

const types = (messages: readonly Message[]): string[] => messages.map(({ header }) => header.msg_type);
const ofComm = (id: string): Message[] => heard.filter(({ content }) => content.comm_id === id);
const comms = async (content: Json = {}): Promise<unknown> =>
  (await kernel.request("shell", "comm_info_request", content)).content.comms;

it("hands JSON, metadata and buffers to a registered target and back, between busy and idle of each message", async () => {
  await run(
    kernel,
    `registerCommTarget("echo", (comm, open) => {
  comm.send({ opened: open.data, target: open.content.target_name });
  comm.onMsg = (message) => {
    console.log("handling", message.data.n + 1);
    comm.send({ got: message.data, meta: message.metadata }, { of: "kernel" }, message.buffers);
  };
  comm.onClose = (message) => console.log("closed with", message.data.why);
});`,
  );
  const opened = await send("comm_open", { comm_id: "e1", target_name: "echo", data: { a: [1, null] } });
  expect(types(opened)).toEqual(["status", "comm_msg", "status"]);
  expect(opened[1]?.content).toEqual({ comm_id: "e1", data: { opened: { a: [1, null] }, target: "echo" } });

  const bytes = [Buffer.from([0, 255, 7]), Buffer.alloc(100_000, 3)];
  const answered = await send("comm_msg", { comm_id: "e1", data: { n: 1 } }, bytes);
  expect(answered.map(({ content }) => content.execution_state ?? content.text ?? content.data)).toEqual([
    "busy",
    "handling 2\n",
    { got: { n: 1 }, meta: { from: "test" } },
    "idle",
  ]);
  expect(answered[2]?.metadata).toEqual({ of: "kernel" });
  expect(answered[2]?.buffers).toEqual(bytes);

  const closed = await send("comm_close", { comm_id: "e1", data: { why: "done" } });
  expect(closed[1]?.content).toEqual({ name: "stdout", text: "closed with done\n" });
  expect(types(await send("comm_msg", { comm_id: "e1", data: {} }))).toEqual(["status", "status"]);
});

it("closes a comm whose target nobody registered, or whose target throws, and says why on stderr", async () => {
  const unknown = await send("comm_open", { comm_id: "u1", target_name: "nowhere", data: {} });
  expect(unknown[1]?.header.msg_type).toBe("comm_close");
  expect(unknown[1]?.content).toMatchObject({ comm_id: "u1" });
  await run(kernel, `registerCommTarget("bad", () => { throw new RangeError("no room") });`);
  const failed = await send("comm_open", { comm_id: "u2", target_name: "bad", data: {} });
  expect(types(failed)).toEqual(["status", "comm_close", "stream", "status"]);
  expect(failed[2]?.content).toMatchObject({ name: "stderr", text: expect.stringContaining("no room") });
  expect(await comms()).toEqual({});
});

it("opens comms from a cell, lists the open ones by target, and closes them", async () => {
  const { published } = await run(
    kernel,
    `const mine = openComm("plots", { size: 2 }, { m: 1 }, [new Float32Array([1, 2])]); mine.id`,
  );
  expect(published.map(({ type }) => type)).toContain("comm_open");
  const [open] = heard.slice(-1);
  const id = String(open?.content.comm_id);
  expect(open).toMatchObject({ content: { target_name: "plots", data: { size: 2 } }, metadata: { m: 1 } });
  expect(open?.buffers[0]).toEqual(Buffer.from(new Float32Array([1, 2]).buffer));
  await run(kernel, `const other = openComm("tables");`);

  expect(await comms()).toMatchObject({ [id]: { target_name: "plots" } });
  expect(await comms({ target_name: "plots" })).toEqual({ [id]: { target_name: "plots" } });
  expect(await comms({ target_name: "none" })).toEqual({});

  await run(kernel, `mine.onMsg((message) => mine.send(message.data * 2));`);
  await send("comm_msg", { comm_id: id, data: 21 });
  expect(ofComm(id).at(-1)?.content.data).toBe(42);
  await run(kernel, `mine.close({ bye: true }); mine.close(); mine.send("after the end"); other.close();`);
  expect(types(ofComm(id))).toEqual(["comm_open", "comm_msg", "comm_close"]);
  expect(await comms()).toEqual({});
});

it("handles messages while a cell awaits, and gives each its own parent", async () => {
  await run(
    kernel,
    `let release = () => {};
registerCommTarget("gate", (comm) => { comm.onMsg = ({ data }) => { console.log("heard", data); release() } });`,
  );
  await send("comm_open", { comm_id: "g1", target_name: "gate", data: {} });
  let published: Message[] = [];
  const ran = await runUntilGo(kernel, `await new Promise<void>((r) => { release = r });\n"released"`, async () => {
    published = await send("comm_msg", { comm_id: "g1", data: "you" });
  });
  expect(ran.result).toBe("'released'");
  expect(ran.stream("stdout")).toBe("go\n");
  expect(published.map(({ content }) => content.text ?? content.execution_state)).toEqual([
    "busy",
    "heard you\n",
    "idle",
  ]);
});

it("stays busy until an asynchronous handler has ended, with its output, and survives one that throws", async () => {
  await run(
    kernel,
    `registerCommTarget("slow", (comm) => {
  comm.onMsg = async ({ data }) => {
    await new Promise((r) => setTimeout(r, 5));
    console.log("late");
    if (data.fail) throw new Error("in the handler");
  };
});`,
  );
  await send("comm_open", { comm_id: "s1", target_name: "slow", data: {} });
  const texts = async (data: Json) =>
    (await send("comm_msg", { comm_id: "s1", data })).map(({ content }) => content.text ?? content.execution_state);
  expect(await texts({})).toEqual(["busy", "late\n", "idle"]);
  expect(await texts({ fail: true })).toEqual(["busy", "late\n", expect.stringContaining("in the handler"), "idle"]);
  expect(await texts({})).toEqual(["busy", "late\n", "idle"]);
});

it("tells the output of an asynchronous handler from that of the cell beside it", async () => {
  const published: Promise<Message[]>[] = [];
  const code = `for (let turn = 0; turn < 3; turn++) { await new Promise((r) => setTimeout(r, 4)); console.log("cell") }`;
  const ran = await runUntilGo(kernel, code, async () => {
    published.push(send("comm_msg", { comm_id: "s1", data: {} }));
  });
  expect(ran.stream("stdout")).toBe("go\ncell\ncell\ncell\n");
  expect((await published[0])?.map(({ content }) => content.text ?? content.execution_state)).toEqual([
    "busy",
    "late\n",
    "idle",
  ]);
});

it("tells code which data cannot be sent", async () => {
  const { reply } = await run(
    kernel,
    `const circle: { self?: object } = {}; circle.self = circle; openComm("x", circle);`,
  );
  expect(reply).toMatchObject({ status: "error", ename: "TypeError", evalue: expect.stringContaining("circular") });
  expect((await run(kernel, `registerCommTarget("x", undefined as never)`)).reply.evalue).toMatch(/expects a name and/);
});

it("interrupts a handler that never ends", async () => {
  await run(
    kernel,
    `registerCommTarget("stuck", (comm) => { comm.onMsg = () => { console.log("stuck"); while (true) {} } });`,
  );
  await send("comm_open", { comm_id: "k1", target_name: "stuck", data: {} });
  let interrupted: Promise<void> | undefined;
  await kernel.comm("comm_msg", { comm_id: "k1", data: {} }, {}, (message) => {
    if (message.header.msg_type === "stream") interrupted ??= kernel.interrupt();
  });
  await interrupted;
  expect((await run(kernel, "1 + 1")).result).toBe("2");
});

it("drops messages about comms that do not exist or lack their ids", async () => {
  for (const content of [
    {},
    { comm_id: 7, data: {} },
    { comm_id: "no" },
    { comm_id: "no", target_name: 3 },
  ] as Json[]) {
    for (const msgType of ["comm_open", "comm_msg", "comm_close"]) {
      if (msgType === "comm_open" && typeof content.target_name === "string") continue;
      expect(types(await send(msgType, content))).toEqual(["status", "status"]);
    }
  }
});

it("closes all comms when the worker restarts, and tells the client", async () => {
  await run(kernel, `const lost = openComm("lost");`);
  const id = String(heard.at(-1)?.content.comm_id);
  await run(kernel, "process.exit(1)");
  expect(types(ofComm(id))).toEqual(["comm_open", "comm_close"]);
  expect(await comms()).toEqual({});
  expect((await send("comm_open", { comm_id: "n1", target_name: "echo", data: {} }))[1]?.header.msg_type).toBe(
    "comm_close",
  );
});
