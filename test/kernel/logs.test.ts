import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../temporaryFolder.js";
import { run, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

const quiet = { SPTLAB_DEVICE: "cpu", SPTLAB_HISTORY: "off" };

/** Runs a cell in a kernel with this environment, and gives back what it wrote to its stderr. */
async function stderrOf(env: Record<string, string>, code: string): Promise<string> {
  let text = "";
  const onLog = (part: string): void => {
    text += part;
  };
  const kernel = await startBuiltKernel({ env: { ...quiet, ...env }, onLog });
  await run(kernel, code);
  await kernel.request("shell", "execute_request", { code: "1 +" });
  await kernel.shutdown();
  return text;
}

it(
  "writes nothing by default",
  async () => {
    const state = temporaryFolder("sptlab-state-");
    expect(await stderrOf({ XDG_STATE_HOME: state }, "console.error('cell')")).toBe("");
    expect(await readdir(state)).toEqual([]);
  },
  START_TIMEOUT_MS,
);

it(
  "writes messages with types, sizes and times as JSON lines, contents only at debug",
  async () => {
    const state = temporaryFolder("sptlab-state-");
    for (const level of ["info", "debug"]) {
      expect(await stderrOf({ XDG_STATE_HOME: state, SPTLAB_LOG: level }, "const secretName = 1; secretName")).toBe("");
      const folder = join(state, "sptlab", "log");
      const file = join(folder, (await readdir(folder)).at(-1) ?? "");
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const lines = (await readFile(file, "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as object);
      const request = { level, event: "message", direction: "in", channel: "shell", msg_type: "execute_request" };
      expect(lines).toContainEqual(expect.objectContaining({ ...request, sizeBytes: expect.any(Number) }));
      const answer = { direction: "out", channel: "shell", msg_type: "execute_reply", ms: expect.any(Number) };
      expect(lines).toContainEqual(expect.objectContaining(answer));
      expect(JSON.stringify(lines).includes("secretName")).toBe(level === "debug");
    }
  },
  2 * START_TIMEOUT_MS,
);

it(
  "leaves a report when a cell brings the worker down, and names it in the error",
  async () => {
    const state = temporaryFolder("sptlab-state-");
    const kernel = await startBuiltKernel({ env: { ...quiet, XDG_STATE_HOME: state } });
    const { reply } = await run(kernel, "console.log('secretText'); process.abort()");
    expect(reply.ename).toBe("WorkerRestarted");
    const path = /a report is in (\S+)/.exec(reply.evalue ?? "")?.[1] ?? "";
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const text = await readFile(path, "utf8");
    const report = JSON.parse(text) as Record<string, unknown>;
    expect(report).toMatchObject({ part: "worker", error: "the worker ended with signal SIGABRT" });
    expect(report.whatToDo).toMatch(/Run the cells again/);
    expect(report.versions).toMatchObject({ node: process.version.slice(1) });
    expect(JSON.stringify(report.lastMessages)).toMatch(/in shell execute_request.*out iopub execute_input/);
    expect(text).not.toContain("secretText");

    expect((await run(kernel, "process.exit(3)")).reply.evalue).not.toMatch(/report/);
    expect((await run(kernel, "6 * 7")).result).toBe("42");
    await kernel.shutdown();
  },
  START_TIMEOUT_MS,
);
