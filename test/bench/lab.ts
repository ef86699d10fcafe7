/**
 * `node dist/test/bench/lab.js [--rounds 5] [--lines 20000]`: how fast `sptlab lab` is ready, its page in a new Chromium as well,
 * 20,000 lines of output through its bridge beside the same without it, and the server's memory.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { WebSocket } from "ws";
import { startKernel } from "../../kernel/client/jupyterClient.js";
import { prepareCompiler } from "../../kernel/compiler/prepare.js";
import { findSnapshot } from "../../kernel/compiler/snapshot.js";
import { factsOf, fromV1, toV1, V1 } from "../../kernel/lab/frames.js";
import { ensureFrontend } from "../../kernel/lab/frontend.js";
import { createHeader } from "../../kernel/wire/message.js";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, lines: { type: "string", default: "20000" } },
});
const lines = Number(values.lines);
const kernels = {
  sptlab: `for (let i = 0; i < ${lines}; i++) console.log("line", i)`,
  python3: `for i in range(${lines}): print("line", i)`,
};

if (findSnapshot() === null) prepareCompiler(); // as `sptlab install` does
await ensureFrontend({ print: console.log }); // as the first `sptlab lab` does
console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.versions.node}`);
const folder = await mkdtemp(join(tmpdir(), "sptlab-lab-bench-"));
const results = new Map<string, number[]>();
for (let round = 0; round < Number(values.rounds); round++) await measure();
await rm(folder, { recursive: true, force: true });
console.log("| what | median (least) |\n| --- | --- |");
for (const [name, numbers] of results) {
  const sorted = [...numbers].sort((a, b) => a - b);
  console.log(`| ${name} | ${sorted[sorted.length >> 1]?.toFixed(0)} (${sorted[0]?.toFixed(0)}) |`);
}

function note(name: string, value: number): void {
  results.set(name, [...(results.get(name) ?? []), value]);
}

async function measure(): Promise<void> {
  const start = performance.now();
  const cli = fileURLToPath(new URL("../../kernel/cli.js", import.meta.url));
  const server = spawn(process.execPath, [cli, "lab", folder, "--no-browser", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { origin, searchParams } = new URL(
    String(await new Promise((done) => server.stdout.once("data", done))).trim(),
  );
  const headers = { Authorization: `token ${searchParams.get("token")}` };
  await (await fetch(`${origin}/lab`, { headers })).text();
  note("server ready: from the command to the page (ms)", performance.now() - start);
  note("server memory when ready (MB)", await rssMb(server));
  note("page ready in Chromium, nothing cached (ms)", await pageReadyMs(`${origin}/lab?${searchParams}`));
  const specs = (await (await fetch(`${origin}/api/kernelspecs`, { headers })).json()) as { kernelspecs: object };
  for (const [name, code] of Object.entries(kernels)) {
    if (!(name in specs.kernelspecs)) continue;
    const init = { method: "POST", headers, body: JSON.stringify({ name }) };
    const { id } = (await (await fetch(`${origin}/api/kernels`, init)).json()) as { id: string };
    const socket = new WebSocket(`${origin}/api/kernels/${id}/channels?session_id=b`, [V1], { headers });
    await new Promise((done) => socket.once("open", done));
    await run(socket, "1");
    for (let repeat = 0; repeat < 3; repeat++) {
      const before = performance.now();
      await run(socket, code);
      note(`${lines} lines of ${name} through the bridge (ms)`, performance.now() - before);
    }
    socket.close();
  }
  note("server memory after that (MB)", await rssMb(server));
  server.kill("SIGTERM");
  await new Promise((done) => server.once("exit", done));
  const direct = await startKernel({ cwd: folder });
  await direct.execute("1");
  for (let repeat = 0; repeat < 3; repeat++) {
    const before = performance.now();
    await direct.execute(kernels.sptlab);
    note(`${lines} lines of sptlab without it, over ZeroMQ (ms)`, performance.now() - before);
  }
  await direct.shutdown();
}

/** Until the launcher can be clicked; not a number where there is no Chromium. */
async function pageReadyMs(url: string): Promise<number> {
  const executablePath = "/usr/bin/chromium";
  if (!existsSync(executablePath)) return Number.NaN;
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage();
  const start = performance.now();
  await page.goto(url);
  await page.locator(".jp-LauncherCard").first().waitFor();
  await page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
  const ready = performance.now() - start;
  await browser.close();
  return ready;
}

/** Resolves at the cell's idle. */
function run(socket: WebSocket, code: string): Promise<void> {
  const header = createHeader("execute_request", "b");
  const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
  const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
  return new Promise((resolve) => {
    const hear = (data: Buffer): void => {
      const { request, state } = factsOf(fromV1(data));
      if (request !== header.msg_id || state !== "idle") return;
      socket.off("message", hear);
      resolve();
    };
    socket.on("message", hear);
    socket.send(toV1({ channel: "shell", parts, buffers: [] }));
  });
}

/** Resident memory of the server itself; not a number where there is no /proc. */
async function rssMb({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
