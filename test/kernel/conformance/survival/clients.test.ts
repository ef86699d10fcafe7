import { expect, it } from "vitest";
import { itOnLinux } from "../../../itOnLinux.js";
import { JupyterDriver } from "../driver.js";
import { isRunning, processTree } from "../processes.js";
import { conformance, START_LIMIT_MS } from "../suite.js";

conformance("clients that come and go", {}, (session) => {
  it("both hear what one of them runs; replies go to that one alone", async () => {
    const { kernel } = session;
    const other = await JupyterDriver.connect(session.jupyterPath, kernel.kernel.file);
    const ran = await kernel.execute("const shared = 3; shared");
    const idle = await other.waitFor(
      (m) => m.parent.msg_id === ran.sent.msg_id && m.content.execution_state === "idle",
      "the other client's idle",
    );
    expect(idle.parent.msg_type).toBe("execute_request");
    expect(
      other.messages.filter(({ channel, parent }) => channel === "shell" && parent.msg_id === ran.sent.msg_id),
    ).toEqual([]);
    expect((await other.execute("shared")).text).toBe("3");
    await other.close();
  });

  it("are welcomed on iopub, each to what it subscribed to", async () => {
    const other = await JupyterDriver.connect(session.jupyterPath, session.kernel.kernel.file);
    const welcome = other.messages.find(({ type }) => type === "iopub_welcome");
    expect(welcome).toMatchObject({ channel: "iopub", parent: {}, content: { subscription: "" } });
    await other.close();
  });

  it("leave a running cell alone when they are killed, and the next client interrupts it", async () => {
    const { kernel } = session;
    await kernel.execute("let turns = 0;");
    const doomed = await JupyterDriver.connect(session.jupyterPath, kernel.kernel.file);
    const sent = await doomed.sendCell(
      'console.log("go");\nwhile (true) { turns += 1; console.log(turns); await new Promise((r) => setTimeout(r, 5)) }',
    );
    await doomed.printed(sent, "go");
    await doomed.kill();
    const later = await kernel.send("shell", "kernel_info_request", {});
    expect((await kernel.exchange(later)).content.status).toBe("ok");
    await kernel.request("control", "interrupt_request");
    await kernel.waitFor(
      (m) => m.parent.msg_id === sent.msg_id && m.content.execution_state === "idle",
      "the end of the killed client's cell",
    );
    expect((await kernel.execute("turns > 0")).text).toBe("true");
  });

  itOnLinux(
    "take kernel and worker along when the one that started it is killed, also in the middle of a loop",
    async () => {
      const kernel = await JupyterDriver.start(session.jupyterPath);
      const sent = await kernel.sendCell('console.log("go");\nwhile (true) {}');
      await kernel.printed(sent, "go");
      const family = await processTree(kernel.kernel.pid);
      expect(family.length).toBeGreaterThanOrEqual(2);
      await kernel.kill();
      await expect.poll(() => Promise.all(family.map(isRunning)), { timeout: 10_000 }).toEqual(family.map(() => false));
    },
    START_LIMIT_MS,
  );

  itOnLinux(
    "lose the worker with the kernel when that is killed",
    async () => {
      const kernel = await JupyterDriver.start(session.jupyterPath);
      await kernel.execute("1");
      const family = await processTree(kernel.kernel.pid);
      process.kill(kernel.kernel.pid, "SIGKILL");
      await expect.poll(() => Promise.all(family.map(isRunning)), { timeout: 10_000 }).toEqual(family.map(() => false));
      await kernel.close();
    },
    START_LIMIT_MS,
  );
});
