import { afterAll, expect, it } from "vitest";
import { conformance } from "../suite.js";

/** A deadline that tells a hang or a kill by force from an interrupt; the speed itself is measured by the benchmark. */
const BOUND_MS = 2_000;

conformance("an interrupt", {}, (session) => {
  const latencies: string[] = [];
  afterAll(() => {
    if (latencies.length > 0) console.log(`interrupt to reply, ms: ${latencies.join(", ")}`);
  });

  it.each([
    ["an empty loop", "while (true) {}"],
    ["a loop that catches", "while (true) { try { while (true) {} } catch {} }"],
    [
      "a loop that catches and awaits",
      "while (true) { try { await null; while (true) {} } catch {} finally { await null } }",
    ],
    ["a loop after an await", "await null;\nwhile (true) {}"],
    ["a loop of microtasks", "while (true) await null;"],
    ["a loop that sleeps", "while (true) await new Promise((r) => setTimeout(r, 5));"],
    ["a promise that never resolves", "await new Promise(() => {});"],
    ["an async iterator that never ends", "for await (const x of (async function* () { while (true) yield 1 })()) x;"],
    ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
    ["a catastrophic regex", '/^(a+)+$/.test("a".repeat(60) + "b");'],
    ["a loop in a timer", "setTimeout(() => { while (true) {} }, 1);\nawait new Promise(() => {});"],
    ["a loop in a promise's callback", "await Promise.resolve().then(() => { while (true) {} });"],
    ["a loop in a getter of the result", '({ [Symbol.for("Jupyter.display")]() { while (true) {} } })'],
    ["an endless recursion that catches", "const dig = (): void => { try { dig() } catch { dig() } };\ndig();"],
    ["endless printing", 'while (true) console.log("x".repeat(100));'],
    ["endless displays", "while (true) display(1);"],
    ["endless growth of a sort", "while (true) Array.from({ length: 20_000 }, Math.random).sort();"],
  ])("ends %s, and keeps the state", async (name, code) => {
    const { kernel } = session;
    await kernel.execute("let kept = 41; kept += 1;");
    const sent = await kernel.sendCell(`console.log("go");\n${code}`);
    await kernel.printed(sent, "go");
    const interrupt = await kernel.send("control", "interrupt_request", {});
    const ran = await kernel.exchange(sent);
    expect(ran.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect(ran.types.at(-1)).toBe("error");
    const latency = ran.reply.at - interrupt.at;
    latencies.push(`${name} ${latency.toFixed(0)}`);
    expect(latency).toBeLessThan(BOUND_MS);
    expect((await kernel.execute("kept")).text).toBe("42");
    kernel.forget();
  });

  it("stops native code that hears nothing by ending its process, and says that state is lost", async () => {
    const { kernel } = session;
    await kernel.execute("const gone = 1;");
    const sent = await kernel.sendCell('console.log("go");\nprocess.kill(process.pid, "SIGSTOP");');
    await kernel.printed(sent, "go");
    await kernel.request("control", "interrupt_request");
    const ran = await kernel.exchange(sent);
    expect(ran.content).toMatchObject({ status: "error", ename: "WorkerRestarted" });
    expect(ran.content.evalue).toMatch(/did not stop.*variables are lost/);
    expect((await kernel.execute("gone")).content.status).toBe("error");
    expect((await kernel.execute("1 + 1")).text).toBe("2");
  });

  it("reaches the child processes that the cell waits for, and spares detached ones", async () => {
    const { kernel } = session;
    await kernel.execute(
      'import { spawn, spawnSync } from "node:child_process";\nconst server = spawn("sleep", ["60"], { detached: true });',
    );
    const sent = await kernel.sendCell(
      'console.log("go");\nspawnSync("sh", ["-c", "sleep 60; true"]);\nconsole.log("on");',
    );
    await kernel.printed(sent, "go");
    await kernel.request("control", "interrupt_request");
    const ran = await kernel.exchange(sent);
    expect(ran.content.ename).toBe("KeyboardInterrupt");
    expect(ran.stream("stdout")).toBe("go\n");
    expect((await kernel.execute("[server.exitCode, server.kill()]")).text).toBe("[ null, true ]");
  });

  it("that comes many times is one interrupt", async () => {
    const { kernel } = session;
    await kernel.execute("let still = 1;");
    const sent = await kernel.sendCell('console.log("go");\nwhile (true) {}');
    await kernel.printed(sent, "go");
    const presses = await Promise.all(
      Array.from({ length: 20 }, () => kernel.send("control", "interrupt_request", {})),
    );
    for (const press of presses) expect((await kernel.exchange(press)).content).toEqual({ status: "ok" });
    expect((await kernel.exchange(sent)).content.ename).toBe("KeyboardInterrupt");
    expect((await kernel.execute("still")).text).toBe("1");
  });
});
