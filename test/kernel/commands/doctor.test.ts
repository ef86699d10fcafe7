import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Diagnosis, registerDoctor } from "../../../kernel/commands/doctor.js";
import { installKernelspec } from "../../../kernel/commands/install.js";
import { findKernelspec } from "../../../kernel/commands/kernelspecState.js";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sptlab-doctor-"));
  vi.stubEnv("JUPYTER_PATH", join(directory, "share", "jupyter"));
  vi.stubEnv("JUPYTER_DATA_DIR", join(directory, "none"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(directory, { recursive: true });
});

/** Runs the command in this process; returns what it printed. */
async function doctor(...args: string[]): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const program = new Command();
  registerDoctor(program);
  await program.parseAsync(["doctor", ...args], { from: "user" });
  return log.mock.calls.map(([line]) => String(line)).join("\n");
}

describe("findKernelspec", () => {
  test("knows this build, another one, one that is gone, and none", async () => {
    const folder = await installKernelspec(directory);
    const path = join(folder, "kernel.json");
    const spec = JSON.parse(await readFile(path, "utf8")) as { argv: string[] };
    const withCli = (cli: string): Promise<void> =>
      writeFile(path, JSON.stringify({ ...spec, argv: [process.execPath, cli, "kernel", "{connection_file}"] }));

    await withCli(join(directory, "gone.js"));
    expect(await findKernelspec()).toMatchObject({ state: "broken", path });
    await writeFile(path, "{");
    expect(await findKernelspec()).toMatchObject({ state: "broken", path });
    const cli = join(directory, "cli.js");
    await writeFile(cli, "");
    await withCli(cli);
    expect(await findKernelspec()).toMatchObject({ state: "other build", path, advice: expect.stringContaining(cli) });
    expect(await findKernelspec(cli)).toEqual({ state: "installed", path, advice: "" });
    await rm(path);
    expect(await findKernelspec()).toEqual({ state: "absent", path: "", advice: "Run `sptlab install`." });
  });
});

describe("sptlab doctor", () => {
  test("prints devices, places, settings and speed, and exits with 0", async () => {
    vi.stubEnv("SPTLAB_DEVICE", "onnx");
    vi.stubEnv("HF_HOME", join(directory, "hf"));
    vi.stubEnv("HF_TOKEN", "secret");
    const output = await doctor();
    expect(output).toMatch(/^Node +\d+\.\d+\.\d+/);
    expect(output).toMatch(/^ {2}yes onnx/m);
    expect(output).toMatch(/^device +onnx$/m);
    expect(output).toMatch(/GFLOP\/s .*\n.* ms for 2 × 32 tokens through roberta-nano/);
    expect(output).toContain(`${join(directory, "hf", "hub")} (not there yet)`);
    expect(output).toContain("SPTLAB_DEVICE=onnx");
    expect(output).toContain("kernelspec  absent");
    expect(output).not.toContain("secret");
    expect(process.exitCode).toBeUndefined();
  });

  test("says as JSON what is wrong when the chosen device does not load, and exits with 1", async () => {
    vi.stubEnv("SPTLAB_DEVICE", "abacus");
    const diagnosis = JSON.parse(await doctor("--json")) as Diagnosis;
    expect(diagnosis).toMatchObject({ isWorking: false, device: null, speed: null });
    expect(diagnosis.problem).toMatch(/SPTLAB_DEVICE must be auto or one of/);
    expect(diagnosis.devices.map(({ name }) => name)).toContain("webgpu");
    expect(process.exitCode).toBe(1);
  });
});
