import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, Page, startLab, textOf } from "./labClient.js";

const PYTHON = "/usr/bin/python3";
const TIMEOUT_MS = 120_000;

const why = reasonToSkip();
if (why !== null) console.warn(`skipped: the bridge against ipykernel: ${why}`);

describe.skipIf(why !== null)("with ipykernel, which knows nothing of us", () => {
  let lab: Lab;
  let kernelId: string;
  let page: Page;
  beforeAll(async () => {
    lab = await startLab();
    const folder = join(lab.around, "jupyter/kernels/python3");
    await mkdir(folder, { recursive: true });
    const argv = [PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"];
    await writeFile(
      join(folder, "kernel.json"),
      JSON.stringify({ argv, display_name: "Python 3", language: "python" }),
    );
    kernelId = (await lab.call("POST", "/api/kernels", { name: "python3" })).json.id;
    page = await Page.open(lab, kernelId);
  }, TIMEOUT_MS);
  afterAll(() => lab.end());

  it(
    "the first cell's output is whole, though ipykernel greets no subscriber",
    async () => {
      expect(textOf(await page.run("for i in range(20000): print('line', i)")).split("\n")).toHaveLength(20_001);
    },
    TIMEOUT_MS,
  );

  it(
    "is interrupted by a signal, with its state kept",
    async () => {
      await page.run("kept = 7");
      const id = page.execute("print('go', flush=True)\nimport time\nwhile True: time.sleep(0.05)");
      await page.first(({ parent, content }) => parent.msg_id === id && String(content.text).startsWith("go"));
      await lab.call("POST", `/api/kernels/${kernelId}/interrupt`);
      await page.ended(id);
      expect(page.of(id).find(({ type }) => type === "error")?.content.ename).toBe("KeyboardInterrupt");
      expect(textOf(await page.run("print(kept)"))).toBe("7\n");
    },
    TIMEOUT_MS,
  );

  it(
    "asks, also a page that is loaded anew, and is answered",
    async () => {
      const id = page.execute("print('Hello', input('Name?'))", true);
      await page.first(({ type }) => type === "input_request");
      page.socket.terminate();
      page = await Page.open(lab, kernelId);
      await page.first(({ type }) => type === "input_request");
      page.send("input_reply", { value: "Ada" }, "stdin");
      await page.ended(id);
      expect(textOf(page.of(id))).toBe("Hello Ada\n");
    },
    TIMEOUT_MS,
  );

  it(
    "is restarted, and starts anew when it is killed",
    async () => {
      expect((await lab.call("POST", `/api/kernels/${kernelId}/restart`)).json.execution_state).toBe("idle");
      expect((await page.run("kept")).find(({ type }) => type === "error")?.content.ename).toBe("NameError");
      const pid = Number(textOf(await page.run("import os; print(os.getpid())")));
      page.received.length = 0;
      process.kill(pid, "SIGKILL");
      await page.first(({ content }) => content.execution_state === "restarting");
      expect(textOf(await page.run("print('again')"))).toBe("again\n");
    },
    TIMEOUT_MS,
  );
});

function reasonToSkip(): string | null {
  try {
    execFileSync(PYTHON, ["-c", "import ipykernel"], { stdio: "ignore" });
    return null;
  } catch {
    return `${PYTHON} has no ipykernel`;
  }
}
