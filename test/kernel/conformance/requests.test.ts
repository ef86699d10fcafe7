import { expect, it } from "vitest";
import type { Json } from "../../../kernel/wire/message.js";
import { conformance } from "./suite.js";

conformance("requests on shell", {}, (session) => {
  const ask = async (msgType: string, content: Json = {}): Promise<Json> => {
    const { reply, iopub } = await session.kernel.request("shell", msgType, content);
    expect(reply.type).toBe(msgType.replace("_request", "_reply"));
    expect(iopub.map((message) => message.content.execution_state)).toEqual(["busy", "idle"]);
    return reply.content;
  };
  const complete = (code: string, cursor_pos = code.length) => ask("complete_request", { code, cursor_pos });
  const run = (code: string) => session.kernel.execute(code);

  it("introduces itself: protocol 5.4 or newer, language, banner, and links", async () => {
    const info = await ask("kernel_info_request");
    expect(info).toMatchObject({
      status: "ok",
      implementation: "sptlab",
      implementation_version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      banner: expect.stringContaining("sptlab"),
      language_info: {
        name: "typescript",
        version: expect.stringMatching(/^\d+\.\d+/),
        mimetype: expect.any(String),
        file_extension: ".ts",
        pygments_lexer: "typescript",
        nbconvert_exporter: expect.any(String),
      },
    });
    const [major, minor] = String(info.protocol_version).split(".").map(Number);
    expect(major).toBe(5);
    expect(minor).toBeGreaterThanOrEqual(4);
    expect(info).toMatchObject({ debugger: true, supported_features: ["debugger", "kernel subshells"] });
    for (const link of info.help_links as object[])
      expect(link).toEqual({ text: expect.any(String), url: expect.any(String) });
  });

  it("signs its messages with the protocol version that it claims", async () => {
    const { reply } = await session.kernel.request("shell", "kernel_info_request");
    expect(reply.header.version).toBe(reply.content.protocol_version);
  });

  it("completes members of earlier cells' values, with types", async () => {
    await run("const kept = { inner: 1, innermost() { return 2 } };");
    expect(await complete("kept.inn")).toMatchObject({
      status: "ok",
      matches: ["inner", "innermost"],
      cursor_start: 5,
      cursor_end: 8,
      metadata: { _jupyter_types_experimental: [{ text: "inner", type: "property" }, { text: "innermost" }] },
    });
  });

  it("completes in the middle of a line, and counts positions in code points", async () => {
    expect(await complete('"😀"; kept.inn + 1', 13)).toMatchObject({ cursor_start: 10, cursor_end: 13 });
  });

  it("completes names of the cell itself, the kernel's globals and the built-in ones", async () => {
    expect((await complete("const local1 = 1; loca")).matches).toContain("local1");
    expect((await complete("displ")).matches).toContain("display");
    expect((await complete("Math.ma")).matches).toContain("max");
  });

  it("completes nothing where there is nothing, and takes any position", async () => {
    expect(await complete("zzzzqqqq.")).toMatchObject({ status: "ok", matches: [] });
    for (const content of [{}, { code: "ke" }, { code: "ke", cursor_pos: 99 }, { code: "ke", cursor_pos: -1 }]) {
      expect(await ask("complete_request", content)).toMatchObject({ status: "ok", matches: expect.any(Array) });
    }
  });

  it("inspects a function of an earlier cell: signature and documentation, as text and Markdown", async () => {
    await run("/** Twice the number. */\nfunction twice(n: number): number { return 2 * n }");
    const reply = await ask("inspect_request", { code: "twice(2)", cursor_pos: 3, detail_level: 0 });
    expect(reply).toMatchObject({ status: "ok", found: true, metadata: {} });
    const data = reply.data as Json;
    expect(data["text/plain"]).toMatch(/function twice\(n: number\): number\s+Twice the number\./);
    expect(data["text/markdown"]).toContain("```typescript");
    const bracket = await ask("inspect_request", { code: "twice(", cursor_pos: 6, detail_level: 1 });
    expect(bracket).toMatchObject({ found: true });
  });

  it("inspects nothing where there is nothing", async () => {
    for (const content of [{ code: "nowhere", cursor_pos: 3 }, { code: "", cursor_pos: 0 }, {}]) {
      expect(await ask("inspect_request", content)).toEqual({ status: "ok", found: false, data: {}, metadata: {} });
    }
  });

  it.each([
    ["1 + 1", { status: "complete" }],
    ["", { status: "complete" }],
    ["if (true) {", { status: "incomplete", indent: "  " }],
    ["const text = `a", { status: "incomplete" }],
    ["function f(a: number,", { status: "incomplete" }],
    ["/* open", { status: "incomplete" }],
    ["await fetch", { status: "complete" }],
    ["a b", { status: "invalid" }],
    ["const x = ;", { status: "invalid" }],
    ["}", { status: "invalid" }],
  ])("judges %j", async (code, expected) => {
    expect(await ask("is_complete_request", { code })).toMatchObject(expected);
  });

  it("remembers inputs: the tail, a range, a search, with or without outputs", async () => {
    const first = (await run("const remembered1 = 1;")).content.execution_count as number;
    await run("remembered1 + 1");
    const history = async (content: Json) =>
      (await ask("history_request", { output: false, raw: true, ...content })).history as [number, number, unknown][];
    const tail = await history({ hist_access_type: "tail", n: 2 });
    expect(tail.map(([, line, input]) => [line, input])).toEqual([
      [first, "const remembered1 = 1;"],
      [first + 1, "remembered1 + 1"],
    ]);
    const range = await history({ hist_access_type: "range", session: 0, start: first, stop: first + 1 });
    expect(range.map(([, , input]) => input)).toEqual(["const remembered1 = 1;"]);
    const search = await history({ hist_access_type: "search", pattern: "*membered1 +*", n: 5 });
    expect(search.map(([, , input]) => input)).toEqual(["remembered1 + 1"]);
    const withOutput = await history({ hist_access_type: "tail", n: 1, output: true });
    expect(withOutput[0]?.[2]).toHaveLength(2);
  });

  it("keeps cells out of history that do not ask to be stored, and silent ones", async () => {
    await session.kernel.execute('"secret1"', { store_history: false });
    await session.kernel.execute('"secret2"', { silent: true });
    const found = await ask("history_request", { hist_access_type: "search", pattern: "*secret*", output: false });
    expect(found.history).toEqual([]);
  });

  it("lists no comms where none is open", async () => {
    expect(await ask("comm_info_request")).toEqual({ status: "ok", comms: {} });
    expect(await ask("comm_info_request", { target_name: "nobody" })).toEqual({ status: "ok", comms: {} });
  });

  it("answers the same requests on control", async () => {
    for (const type of ["kernel_info_request", "comm_info_request"]) {
      const { reply } = await session.kernel.request("control", type);
      expect(reply).toMatchObject({ channel: "control", content: { status: "ok" } });
    }
  });

  it("passes over a request of unknown type, and over comms that nobody knows", async () => {
    await session.kernel.send("shell", "no_such_request", { a: 1 });
    await session.kernel.send("control", "no_such_request", {});
    await session.kernel.send("stdin", "input_reply", { value: "nobody asked" });
    await session.kernel.send("shell", "comm_msg", { comm_id: "none", data: {} });
    await session.kernel.send("shell", "comm_close", { comm_id: "none", data: {} });
    for (const name of ["constructor", "__proto__", "toString"]) await session.kernel.send("shell", name, {});
    expect((await run("1 + 1")).text).toBe("2");
  });

  it("takes buffers and metadata on any request, and any further fields", async () => {
    const options = { buffers: [Buffer.alloc(1_000_000, 7)], metadata: { cellId: "c" }, header: { extra: [1] } };
    expect((await session.kernel.execute("2 + 2", {}, options)).text).toBe("4");
  });

  it("answers every request that is sent at once, each on its own behalf", async () => {
    const sent = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        session.kernel.send("shell", index % 2 ? "kernel_info_request" : "is_complete_request", { code: "1" }),
      ),
    );
    const replies = await Promise.all(sent.map((one) => session.kernel.exchange(one)));
    expect(replies.filter(({ reply }) => /ok|complete/.test(String(reply.content.status)))).toHaveLength(60);
  });
});
