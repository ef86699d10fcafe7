import { expect, it } from "vitest";
import type { Json } from "../../../kernel/wire/message.js";
import { conformance } from "./suite.js";

/** A target that answers each message with what came, and tells of its end. */
const ECHO = `registerCommTarget("echo", (comm, open) => {
  comm.send({ hello: open.data });
  comm.onMsg = (message) => comm.send({ got: message.data }, { from: "kernel" }, message.buffers);
  comm.onClose = () => console.log("closed");
});`;

conformance("a comm", {}, (session) => {
  /** Sends a comm message and waits for the `idle` that ends its handling; there is no reply. */
  const send = async (msgType: string, content: Json, buffers: readonly Uint8Array[] = []) => {
    const { kernel } = session;
    const { msg_id } = await kernel.send("shell", msgType, content, { buffers });
    await kernel.waitFor((m) => m.parent.msg_id === msg_id && m.content.execution_state === "idle", "idle");
    return kernel.messages.filter(({ parent }) => parent.msg_id === msg_id);
  };
  const open = async (id: string, target: string, data: Json = {}) =>
    send("comm_open", { comm_id: id, target_name: target, data });

  it("opened by the client reaches its target, which answers on its behalf between busy and idle", async () => {
    await session.kernel.execute(ECHO);
    const came = await open("c1", "echo", { n: [1, null, "é"] });
    expect(came.map(({ type }) => type)).toEqual(["status", "comm_msg", "status"]);
    expect(came[1]?.content).toMatchObject({ comm_id: "c1", data: { hello: { n: [1, null, "é"] } } });
  });

  it("carries data, metadata and binary buffers both ways, unchanged", async () => {
    const buffers = [Buffer.from([0, 255, 10]), Buffer.alloc(1_000_000, 7), Buffer.alloc(0)];
    const came = await send("comm_msg", { comm_id: "c1", data: { deep: { a: [true] } } }, buffers);
    expect(came[1]).toMatchObject({
      content: { data: { got: { deep: { a: [true] } } } },
      metadata: { from: "kernel" },
    });
    expect(came[1]?.buffers.map((buffer) => Buffer.compare(buffer, buffers.shift() ?? Buffer.from("?")))).toEqual([
      0, 0, 0,
    ]);
  });

  it("is listed by comm_info, by target, until it is closed", async () => {
    const comms = async (content: Json) =>
      (await session.kernel.request("shell", "comm_info_request", content)).content;
    expect(await comms({})).toEqual({ status: "ok", comms: { c1: { target_name: "echo" } } });
    expect(await comms({ target_name: "other" })).toEqual({ status: "ok", comms: {} });
    const came = await send("comm_close", { comm_id: "c1", data: {} });
    expect(came[1]?.content).toEqual({ name: "stdout", text: "closed\n" });
    expect(await comms({ target_name: "echo" })).toEqual({ status: "ok", comms: {} });
  });

  it("to a target that nobody registered is closed again", async () => {
    const came = await open("c2", "nobody");
    expect(came.find(({ type }) => type === "comm_close")?.content).toMatchObject({ comm_id: "c2" });
  });

  it("opened by a cell is announced with its target, data and buffers, and closed", async () => {
    const ran = await session.kernel.execute(
      'const mine = openComm("front", { a: 1 }, {}, [new Uint8Array([1, 2])]);\nmine.send({ b: 2 });\nmine.close({ c: 3 });',
    );
    const [opened, sent, closed] = ran.iopub.filter(({ type }) => type.startsWith("comm_"));
    expect(opened).toMatchObject({ type: "comm_open", content: { target_name: "front", data: { a: 1 } } });
    expect(opened?.buffers[0]).toEqual(Buffer.from([1, 2]));
    expect(sent).toMatchObject({ type: "comm_msg", content: { data: { b: 2 }, comm_id: opened?.content.comm_id } });
    expect(closed).toMatchObject({ type: "comm_close", content: { data: { c: 3 } } });
  });

  it("is heard while a cell waits, and a handler that throws is told on stderr", async () => {
    const { kernel } = session;
    await kernel.execute(
      'let release = (): void => undefined;\nregisterCommTarget("gate", (comm) => { comm.onMsg = ({ data }) => { if (data.fail) throw new Error("handler"); release() } });',
    );
    await open("g", "gate");
    const failed = await send("comm_msg", { comm_id: "g", data: { fail: true } });
    expect(failed.find(({ type }) => type === "stream")?.content).toMatchObject({
      name: "stderr",
      text: expect.stringContaining("handler"),
    });
    const cell = await kernel.sendCell('console.log("go");\nawait new Promise<void>((r) => { release = r });\n"freed"');
    await kernel.printed(cell, "go");
    await send("comm_msg", { comm_id: "g", data: {} });
    expect((await kernel.exchange(cell)).text).toBe("'freed'");
  });

  it("carries the state of a slider to the front end, and a drag back to the cell", async () => {
    const ran = await session.kernel.execute(
      'const rate = await slider({ label: "rate", min: 0, max: 10, value: 3 });\nrate.value',
    );
    expect(ran.text).toBe("3");
    const models = ran.published("comm_open").filter(({ target_name }) => target_name === "jupyter.widget");
    const state = (content: Json): Json => (content.data as { state: Json }).state;
    const model = models.find((content) => state(content).value === 3);
    await send("comm_msg", {
      comm_id: model?.comm_id,
      data: { method: "update", state: { value: 7 }, buffer_paths: [] },
    });
    expect((await session.kernel.execute("rate.value")).text).toBe("7");
  });

  it("is closed, and the client told, when the worker starts anew", async () => {
    const { kernel } = session;
    const ran = await kernel.execute('openComm("lost");');
    const id = ran.published("comm_open")[0]?.comm_id;
    await kernel.execute("process.exit(1)");
    await kernel.waitFor(({ type, content }) => type === "comm_close" && content.comm_id === id, "comm_close");
    expect((await kernel.request("shell", "comm_info_request")).content.comms).toEqual({});
  });
});
