import { rm } from "node:fs/promises";
import { expect, it } from "vitest";
import { isRunning } from "../processes.js";
import { conformance } from "../suite.js";

/** A small heap, so that running out of it takes a moment and not this machine's memory. */
conformance("a worker that dies", { env: { NODE_OPTIONS: "--max-old-space-size=300" } }, (session) => {
  it.each([
    ["process.exit", "process.exit(3);", /process\.exit\(3\)/],
    [
      "process.exit in a timer",
      "setTimeout(() => process.exit(4), 1);\nawait new Promise(() => {});",
      /process\.exit\(4\)/,
    ],
    ["process.abort", "process.abort();", /SIGABRT/],
    ["a segmentation fault", 'process.kill(process.pid, "SIGSEGV");\nawait new Promise(() => {});', /SIGSEGV/],
    ["a kill from outside", 'process.kill(process.pid, "SIGKILL");\nawait new Promise(() => {});', /SIGKILL/],
    [
      "running out of memory",
      "const hog: number[][] = [];\nwhile (true) hog.push(new Array(100_000).fill(1.5));",
      /memory|SIGABRT|exit code/,
    ],
    ["closing the channel to the host", "process.disconnect();\nawait new Promise(() => {});", /lost/],
  ])("by %s is an error of the cell that says so, and a new one takes the next cell", async (_name, code, why) => {
    const { kernel } = session;
    await kernel.execute("const kept = 1;");
    const ran = await kernel.execute(`console.log("before");\n${code}`);
    expect(ran.content).toMatchObject({ status: "error", ename: "WorkerRestarted" });
    expect(ran.content.evalue).toMatch(why);
    expect(ran.content.evalue).toMatch(/all variables are lost/);
    expect(ran.published("error")).toHaveLength(1);
    expect(ran.stream("stdout")).toBe("before\n");
    expect((await kernel.execute("kept")).content).toMatchObject({ status: "error", ename: "TypeScriptError" });
    expect((await kernel.execute("1 + 1")).text).toBe("2");
    expect(await kernel.call("is_alive")).toMatchObject({ process: true });
  });

  it("aborts the cells that wait behind it", async () => {
    const { kernel } = session;
    const codes = ["await new Promise((r) => setTimeout(r, 100)); process.abort();", "1"];
    const sent = await Promise.all(codes.map((code) => kernel.sendCell(code)));
    const [crashed, aborted] = await Promise.all(sent.map((one) => kernel.exchange(one)));
    expect([crashed?.content.status, aborted?.content.status]).toEqual(["error", "aborted"]);
  });

  it("is told on stderr when no cell was running", async () => {
    const { kernel } = session;
    await kernel.execute("setTimeout(() => process.exit(5), 50);");
    const told = await kernel.waitFor(
      ({ type, content }) =>
        type === "stream" && content.name === "stderr" && /process\.exit\(5\)/.test(String(content.text)),
      "a word about the worker's end",
    );
    expect(told.content.text).toMatch(/all variables are lost/);
    expect((await kernel.execute("1 + 1")).text).toBe("2");
  });

  it("takes nothing of the old process along", async () => {
    const { kernel } = session;
    const old = Number((await kernel.execute("process.pid")).text);
    await kernel.execute("process.abort();");
    const next = Number((await kernel.execute("process.pid")).text);
    expect(next).not.toBe(old);
    expect(await isRunning(old)).toBe(false);
  });

  it("cannot start again in a folder that is gone, and every cell is told so", async () => {
    const { kernel } = session;
    await rm(kernel.cwd, { recursive: true });
    for (const code of ["process.exit(1);", "1 + 1", "2 + 2"]) {
      expect((await kernel.execute(code)).content.status).toBe("error");
    }
    expect((await kernel.request("control", "kernel_info_request")).content.status).toBe("ok");
  });
});
