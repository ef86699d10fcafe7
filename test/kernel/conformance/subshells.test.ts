import { expect, it } from "vitest";
import type { Json } from "../../../kernel/wire/message.js";
import { conformance } from "./suite.js";

conformance("subshells", {}, (session) => {
  const control = async (msgType: string, content: Json = {}): Promise<Json> =>
    (await session.kernel.request("control", msgType, content)).content;
  const create = async (): Promise<string> => String((await control("create_subshell_request")).subshell_id);
  const run = (code: string, subshell_id: string) => session.kernel.execute(code, {}, { header: { subshell_id } });

  it("are created, listed and deleted on control", async () => {
    const id = await create();
    expect(await control("list_subshell_request")).toEqual({ status: "ok", subshell_id: [id] });
    expect(await control("delete_subshell_request", { subshell_id: id })).toEqual({ status: "ok" });
    expect(await control("list_subshell_request")).toEqual({ status: "ok", subshell_id: [] });
    expect(await control("delete_subshell_request", { subshell_id: id })).toMatchObject({ status: "error" });
  });

  it("run cells while the main shell's cell waits, on the same variables", async () => {
    const { kernel } = session;
    const id = await create();
    await kernel.execute("const shared = 42; let release = (): void => undefined;");
    const main = await kernel.sendCell('console.log("go");\nawait new Promise<void>((r) => { release = r });\n"freed"');
    await kernel.printed(main, "go");
    const ran = await run("shared", id);
    expect(ran.text).toBe("42");
    expect(ran.reply.parent.subshell_id).toBe(id);
    await run("release();", id);
    expect((await kernel.exchange(main)).text).toBe("'freed'");
  });

  it("keep their own order and their own aborts", async () => {
    const { kernel } = session;
    const [first, second] = [await create(), await create()];
    const send = (code: string, subshell_id: string) => kernel.sendCell(code, {}, { header: { subshell_id } });
    const failing = 'await new Promise((r) => setTimeout(r, 100)); throw new Error("x")';
    const sent = await Promise.all([send(failing, first), send("1", first), send('"fine"', second)]);
    const statuses = (await Promise.all(sent.map((one) => kernel.exchange(one)))).map(({ content }) => content.status);
    expect(statuses).toEqual(["error", "aborted", "ok"]);
  });

  it("are interrupted with the main shell", async () => {
    const { kernel } = session;
    const id = await create();
    const main = await kernel.sendCell('console.log("go");\nawait new Promise(() => {});');
    await kernel.printed(main, "go");
    const sub = await kernel.sendCell('console.log("go");\nwhile (true) {}', {}, { header: { subshell_id: id } });
    await kernel.printed(sub, "go");
    await control("interrupt_request");
    for (const one of [main, sub]) expect((await kernel.exchange(one)).content.ename).toBe("KeyboardInterrupt");
  });

  it("that do not exist are an error of the request", async () => {
    expect((await run("1", "nowhere")).content).toMatchObject({ status: "error", evalue: expect.any(String) });
  });
});
