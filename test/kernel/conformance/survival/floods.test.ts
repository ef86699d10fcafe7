import { expect, it } from "vitest";
import { conformance } from "../suite.js";

conformance("a flood", {}, (session) => {
  it("of 20,000 lines arrives whole and in order, before idle", async () => {
    const ran = await session.kernel.execute('for (let i = 0; i < 20_000; i++) console.log("line " + i);');
    const lines = ran.stream("stdout").trimEnd().split("\n");
    expect(lines).toEqual(Array.from({ length: 20_000 }, (_, index) => `line ${index}`));
    expect(ran.iopub.at(-1)?.type).toBe("status");
    session.kernel.forget();
  });

  it("of one print of 10 MB arrives whole", async () => {
    const ran = await session.kernel.execute('console.log("é".repeat(5_000_000));');
    expect(ran.stream("stdout")).toHaveLength(5_000_001);
    session.kernel.forget();
  });

  it("of 10 MB by a child process arrives whole", async () => {
    const ran = await session.kernel.execute(
      'import { execSync } from "node:child_process";\nexecSync("head -c 10000000 /dev/zero | tr \'\\\\0\' x", { stdio: "inherit" });',
    );
    expect(ran.stream("stdout")).toHaveLength(10_000_000);
    session.kernel.forget();
  });

  it("of 1,000 updates of a display loses none", async () => {
    const ran = await session.kernel.execute(
      'for (let i = 0; i <= 1_000; i++) display({ "text/plain": String(i) }, { raw: true, display_id: "p", update: i > 0 });',
    );
    const shown = ran.data("update_display_data").map((data) => Number(data["text/plain"]));
    expect(shown).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    session.kernel.forget();
  });

  it("of a display of 10 MB arrives whole", async () => {
    const ran = await session.kernel.execute('display({ "text/html": "x".repeat(10_000_000) }, { raw: true });');
    expect(ran.data("display_data")[0]?.["text/html"]).toHaveLength(10_000_000);
    session.kernel.forget();
  });

  it("waits for a client that does not read, and all of it is there when it does", async () => {
    const { kernel } = session;
    await kernel.call("pause", { channel: "iopub" });
    const code = 'for (let i = 0; i < 5_000; i++) display({ "text/plain": String(i) }, { raw: true });';
    const sent = await kernel.sendCell(code);
    await kernel.waitFor((m) => m.parent.msg_id === sent.msg_id && m.channel === "shell", "the reply");
    const other = await kernel.sendCell("1 + 1");
    await kernel.waitFor((m) => m.parent.msg_id === other.msg_id && m.channel === "shell", "the next reply");
    expect(await kernel.call("heartbeat", { timeout_ms: 1_000 })).toBeLessThan(1_000);
    await kernel.call("resume", { channel: "iopub" });
    expect((await kernel.exchange(sent)).published("display_data")).toHaveLength(5_000);
    expect((await kernel.exchange(other)).text).toBe("2");
    kernel.forget();
  });

  it("of 100 cells, the 50th failing, answers each: 49 ran, one failed, 50 were aborted", async () => {
    const { kernel } = session;
    await kernel.execute("let runs = 0;");
    const codes = Array.from({ length: 100 }, (_, cell) =>
      cell === 49 ? 'throw new Error("fiftieth")' : "runs += 1;",
    );
    const sent = await Promise.all(codes.map((code) => kernel.sendCell(code)));
    const statuses = (await Promise.all(sent.map((one) => kernel.exchange(one)))).map(({ content }) => content.status);
    expect(statuses).toEqual([...Array(49).fill("ok"), "error", ...Array(50).fill("aborted")]);
    expect((await kernel.execute("runs")).text).toBe("49");
    kernel.forget();
  });

  it("of requests on every channel at once is answered while cells run", async () => {
    const { kernel } = session;
    const cell = await kernel.sendCell(
      "for (let i = 0; i < 200; i++) { console.log(i); await new Promise((r) => setTimeout(r, 1)) }",
    );
    const asked = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        kernel.send(index % 2 ? "shell" : "control", index % 2 ? "history_request" : "kernel_info_request", {}),
      ),
    );
    for (const one of asked) expect((await kernel.exchange(one)).content.status).toBe("ok");
    expect((await kernel.exchange(cell)).stream("stdout").trimEnd().split("\n")).toHaveLength(200);
  });
});
