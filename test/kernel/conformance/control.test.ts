import { expect, it } from "vitest";
import type { Json } from "../../../kernel/wire/message.js";
import { JupyterDriver } from "./driver.js";
import { conformance, START_LIMIT_MS } from "./suite.js";

conformance("control", {}, (session) => {
  const busy = async (then: () => Promise<void>): Promise<void> => {
    const sent = await session.kernel.sendCell('console.log("go");\nwhile (true) {}');
    await session.kernel.printed(sent, "go");
    await then();
    await session.kernel.request("control", "interrupt_request");
    expect((await session.kernel.exchange(sent)).content).toMatchObject({
      status: "error",
      ename: "KeyboardInterrupt",
    });
  };

  it("beats while a cell computes", async () => {
    await busy(async () => {
      for (let beat = 0; beat < 3; beat++) {
        expect(await session.kernel.call("heartbeat", { timeout_ms: 1_000 })).toBeLessThan(1_000);
      }
    });
  });

  it("answers kernel_info while a cell computes, with busy and idle of its own", async () => {
    await busy(async () => {
      const { content, iopub } = await session.kernel.request("control", "kernel_info_request");
      expect(content.status).toBe("ok");
      expect(iopub.map((message) => message.content.execution_state)).toEqual(["busy", "idle"]);
    });
  });

  it("completes, inspects and lists history while a cell computes", async () => {
    await session.kernel.execute("const kept = { inner: 1 };");
    await busy(async () => {
      const completed = await session.kernel.request("shell", "complete_request", { code: "kept.in", cursor_pos: 7 });
      expect(completed.content.matches).toEqual(["inner"]);
      const inspected = await session.kernel.request("shell", "inspect_request", { code: "kept", cursor_pos: 2 });
      expect(inspected.content.found).toBe(true);
      const history = await session.kernel.request("shell", "history_request", { hist_access_type: "tail", n: 1 });
      expect(history.content.history).toHaveLength(1);
    });
  });

  it("queues a second cell, and aborts it when the first is interrupted", async () => {
    const first = await session.kernel.sendCell('console.log("go");\nwhile (true) {}');
    const second = await session.kernel.sendCell("1");
    await session.kernel.printed(first, "go");
    await session.kernel.request("control", "interrupt_request");
    expect((await session.kernel.exchange(first)).content.status).toBe("error");
    expect((await session.kernel.exchange(second)).content.status).toBe("aborted");
  });

  it("interrupts nothing when idle, and does not hit the next cell", async () => {
    const { content } = await session.kernel.request("control", "interrupt_request");
    expect(content).toEqual({ status: "ok" });
    const ran = await session.kernel.execute('await new Promise((r) => setTimeout(r, 50)); "untouched"');
    expect(ran.text).toBe("'untouched'");
  });

  it("is interrupted by SIGINT, too", async () => {
    const sent = await session.kernel.sendCell('console.log("go");\nwhile (true) {}');
    await session.kernel.printed(sent, "go");
    process.kill(session.kernel.kernel.pid, "SIGINT");
    expect((await session.kernel.exchange(sent)).content.ename).toBe("KeyboardInterrupt");
  });

  it("keeps history across a restart, as an earlier session", async () => {
    await session.kernel.execute('"before the restart"');
    await session.kernel.call("restart", { now: false });
    await session.kernel.ready();
    await session.kernel.execute('"after it"');
    const history = async (content: Json) =>
      (await session.kernel.request("shell", "history_request", { raw: true, output: false, ...content })).content
        .history;
    const [before, after] = (await history({ hist_access_type: "tail", n: 2 })) as [number, number, string][];
    expect([before?.[2], after?.[2]]).toEqual(['"before the restart"', '"after it"']);
    expect(before?.[0]).not.toBe(after?.[0]);
    const found = await history({ hist_access_type: "search", pattern: "*before the*", n: 5, unique: true });
    expect(found).toEqual([before]);
    const range = await history({
      hist_access_type: "range",
      session: -1,
      start: before?.[1],
      stop: Number(before?.[1]) + 1,
    });
    expect(range).toEqual([before]);
  });

  it("restarts under jupyter_client's manager: same ports, numbers from 1, no variables", async () => {
    await session.kernel.execute("const before = 1;");
    const { pid } = await session.kernel.call<{ pid: number }>("restart", { now: false });
    expect(pid).not.toBe(session.kernel.kernel.pid);
    await session.kernel.ready();
    const ran = await session.kernel.execute("typeof before");
    expect(ran.content).toMatchObject({ status: "error", execution_count: 1 });
    expect((await session.kernel.execute("1 + 1")).text).toBe("2");
  });
  const ends = async (channel: "shell" | "control", code: string | null, restart: boolean): Promise<void> => {
    const kernel = await JupyterDriver.start(session.jupyterPath);
    try {
      if (code !== null) await kernel.printed(await kernel.sendCell(`console.log("go");\n${code}`), "go");
      const { reply, iopub } = await kernel.request(channel, "shutdown_request", { restart });
      expect(reply).toMatchObject({ type: "shutdown_reply", channel, content: { status: "ok", restart } });
      expect(iopub.find(({ type }) => type === "shutdown_reply")?.content).toEqual({ status: "ok", restart });
      expect(await kernel.call("wait_exit", { timeout_s: 10 })).toBe(0);
    } finally {
      await kernel.close();
    }
  };

  it(
    "replies to shutdown on control, echoes it on iopub, and exits with 0",
    () => ends("control", null, false),
    START_LIMIT_MS,
  );
  it("repeats restart: true, also on shell", () => ends("shell", null, true), START_LIMIT_MS);
  it("ends while a cell computes", () => ends("control", "while (true) {}", false), START_LIMIT_MS);

  it(
    "ends at SIGTERM",
    async () => {
      const kernel = await JupyterDriver.start(session.jupyterPath);
      process.kill(kernel.kernel.pid, "SIGTERM");
      expect(await kernel.call("wait_exit", { timeout_s: 10 })).toBe(0);
      await kernel.close();
    },
    START_LIMIT_MS,
  );
});
