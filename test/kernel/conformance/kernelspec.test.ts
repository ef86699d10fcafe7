import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { PYTHON } from "./driver.js";
import { conformance, missingPython } from "./suite.js";

const execute = promisify(execFile);

conformance("the kernelspec", {}, (session) => {
  it("is installed by `sptlab install`: it names this Node and this build, and asks for interrupts as messages", async () => {
    await execute(process.execPath, ["dist/kernel/cli.js", "install", "--prefix", session.kernel.cwd]);
    const file = join(session.kernel.cwd, "share/jupyter/kernels/sptlab/kernel.json");
    const spec: unknown = JSON.parse(await readFile(file, "utf8"));
    expect(spec).toMatchObject({
      argv: [process.execPath, join(process.cwd(), "dist/kernel/cli.js"), "kernel", "{connection_file}"],
      display_name: "TypeScript (sptlab)",
      language: "typescript",
      interrupt_mode: "message",
    });
  });

  it("is listed by `jupyter kernelspec list`", async () => {
    const env = { ...process.env, JUPYTER_PATH: session.jupyterPath };
    const list = ["-m", "jupyter_client.kernelspecapp", "list", "--json"];
    const { stdout } = await execute(PYTHON, list, { env });
    const { kernelspecs } = JSON.parse(stdout) as { kernelspecs: Record<string, { spec: object }> };
    expect(kernelspecs.sptlab?.spec).toMatchObject({ language: "typescript" });
  });

  it("gives a kernel that jupyter_client's execute_interactive runs, as consoles and nbclient do", async () => {
    const code = 'console.log("hi");\nconst x: number = 20;\nx + 1';
    const { reply, types } = await session.kernel.call<{ reply: object; types: string[] }>("interactive", {
      code,
      timeout_s: 20,
    });
    expect(reply).toMatchObject({ status: "ok", execution_count: 1 });
    expect(types).toEqual(["status", "execute_input", "stream", "execute_result", "status"]);
  });

  it("beats, lives and answers jupyter_client's interrupt of a running cell", async () => {
    const sent = await session.kernel.sendCell('console.log("go");\nwhile (true) {}');
    await session.kernel.printed(sent, "go");
    expect(await session.kernel.call("is_alive")).toEqual({ process: true, beating: true });
    await session.kernel.call("interrupt");
    expect((await session.kernel.exchange(sent)).content).toMatchObject({
      status: "error",
      ename: "KeyboardInterrupt",
    });
  });

  const noConvert = missingPython("nbconvert");
  it.skipIf(noConvert !== null)(`lets nbconvert execute a notebook${noConvert ? ` (${noConvert})` : ""}`, async () => {
    const env = { ...process.env, JUPYTER_PATH: session.jupyterPath, SPTLAB_DEVICE: "cpu", SPTLAB_HISTORY: "off" };
    const file = join(session.kernel.cwd, "small.ipynb");
    await writeFile(file, JSON.stringify(NOTEBOOK));
    const convert = ["-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", file];
    await execute(PYTHON, convert, { env, cwd: session.kernel.cwd });
    const done = JSON.parse(await readFile(join(session.kernel.cwd, "done.ipynb"), "utf8")) as {
      cells: { outputs: object[] }[];
    };
    expect(done.cells[1]?.outputs).toMatchObject([
      { output_type: "execute_result", execution_count: 2, data: { "text/plain": ["42"] } },
    ]);
  });
});

const NOTEBOOK = {
  cells: [
    { cell_type: "code", execution_count: null, id: "a", metadata: {}, outputs: [], source: "let total: number = 40;" },
    { cell_type: "code", execution_count: null, id: "b", metadata: {}, outputs: [], source: "total += 2;\ntotal" },
  ],
  metadata: { kernelspec: { name: "sptlab", display_name: "TypeScript (sptlab)", language: "typescript" } },
  nbformat: 4,
  nbformat_minor: 5,
};
