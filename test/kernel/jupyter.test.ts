import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

/** Debian's Python: the one that `python3-jupyter-client` and `nbconvert` are installed for. */
const PYTHON = "/usr/bin/python3";
const TIMEOUT_MS = 240_000;
const execute = promisify(execFile);

/** Why this machine cannot run the tests; null when it can. */
async function missing(module: string): Promise<string | null> {
  if (!existsSync(PYTHON)) return `no ${PYTHON}`;
  return execute(PYTHON, ["-c", `import ${module}`]).then(
    () => null,
    () => `${PYTHON} has no module ${module}`,
  );
}

const noClient = await missing("jupyter_client");
const noConvert = await missing("nbconvert");
for (const reason of new Set([noClient, noConvert])) {
  if (reason !== null) console.log(`skipping tests against Jupyter's own programs: ${reason}`);
}

/** Starts the installed kernel with jupyter_client, runs cells, interrupts one, and prints what came as JSON. */
const SCRIPT = `
import json, sys, threading
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="sptlab", startup_timeout=120)
seen = []
def run(code):
    outputs = []
    reply = client.execute_interactive(code, output_hook=outputs.append, timeout=120, allow_stdin=False)
    seen.append({"status": reply["content"]["status"], "ename": reply["content"].get("ename"),
                 "types": [m["msg_type"] for m in outputs if m["msg_type"] not in ("status", "execute_input")],
                 "text": "".join(m["content"]["data"].get("text/plain", "") for m in outputs if "data" in m["content"])})
run("const x: number = 20; console.log('hi'); x + 1")
threading.Timer(1.0, manager.interrupt_kernel).start()
run("while (true) {}")
run("x * 2")
seen.append({"is_alive": manager.is_alive(), "heartbeat": client.hb_channel.is_beating()})
manager.restart_kernel(now=False)
client.wait_for_ready(timeout=120)
run("1 + 1")
client.stop_channels()
manager.shutdown_kernel(now=False)
print(json.dumps(seen))
`;

const NOTEBOOK = {
  cells: [
    { cell_type: "code", execution_count: null, id: "a", metadata: {}, outputs: [], source: "let total: number = 40;" },
    { cell_type: "code", execution_count: null, id: "b", metadata: {}, outputs: [], source: "total += 2;\ntotal" },
  ],
  metadata: { kernelspec: { name: "sptlab", display_name: "TypeScript (sptlab)", language: "typescript" } },
  nbformat: 4,
  nbformat_minor: 5,
};

describe.skipIf(noClient !== null)("under Jupyter", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sptlab-jupyter-"));
    await execute(process.execPath, ["dist/kernel/cli.js", "install", "--prefix", folder]);
    env = { ...process.env, JUPYTER_PATH: join(folder, "share", "jupyter"), SPTLAB_DEVICE: "cpu" };
  }, TIMEOUT_MS);

  it("installs a kernelspec that names this Node and this build", async () => {
    const spec: unknown = JSON.parse(await readFile(join(folder, "share/jupyter/kernels/sptlab/kernel.json"), "utf8"));
    expect(spec).toMatchObject({
      argv: [process.execPath, join(process.cwd(), "dist/kernel/cli.js"), "kernel", "{connection_file}"],
      display_name: "TypeScript (sptlab)",
      language: "typescript",
      interrupt_mode: "message",
    });
  });

  it(
    "runs, is interrupted, restarts and ends with jupyter_client",
    async () => {
      const { stdout } = await execute(PYTHON, ["-c", SCRIPT], { env, cwd: folder });
      expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual([
        { status: "ok", ename: null, types: ["stream", "execute_result"], text: "21" },
        { status: "error", ename: "KeyboardInterrupt", types: ["error"], text: "" },
        { status: "ok", ename: null, types: ["execute_result"], text: "40" },
        { is_alive: true, heartbeat: true },
        { status: "ok", ename: null, types: ["execute_result"], text: "2" },
      ]);
    },
    TIMEOUT_MS,
  );

  it.skipIf(noConvert !== null)(
    "executes a notebook with nbconvert",
    async () => {
      const file = join(folder, "small.ipynb");
      await writeFile(file, JSON.stringify(NOTEBOOK));
      const convert = ["-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", file];
      await execute(PYTHON, convert, { env, cwd: folder });
      const done = JSON.parse(await readFile(join(folder, "done.ipynb"), "utf8")) as { cells: { outputs: object[] }[] };
      expect(done.cells[1]?.outputs).toMatchObject([
        { output_type: "execute_result", execution_count: 2, data: { "text/plain": ["42"] } },
      ]);
    },
    TIMEOUT_MS,
  );
});
