/** A sweep that several workers share through a real Redis, with what may go wrong going wrong. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linesIn, resultsIn, type Started, start, until, writeSpec } from "./sweepProcess.js";

const hasRedis = canRun("redis-server");
if (!hasRedis) console.log("Skipped: sweeps over Redis, because there is no redis-server (Debian: redis-server).");

let folder = "";
let port = 0;
let redis: ChildProcess;
const started: Started[] = [];

beforeEach(async () => {
  if (!hasRedis) return;
  folder = mkdtempSync(join(tmpdir(), "sweep-redis-"));
  port = await freePort();
  redis = await startRedis();
});
afterEach(async () => {
  for (const { child, end } of started.splice(0)) {
    child.kill("SIGKILL");
    await end;
  }
  if (!hasRedis) return;
  await stopRedis();
  rmSync(folder, { recursive: true, force: true });
});

function sptlab(...args: string[]): Started {
  const one = start(folder, ...args, "--redis", `redis://127.0.0.1:${port}`);
  started.push(one);
  return one;
}

const worker = () => sptlab("worker", "--processes", "1", "--lock-seconds", "2");

/** The runs that a worker has begun so far. */
function begun({ output }: Started): string[] {
  return [...output.text.matchAll(/^started report-(\S+)/gm)].map(([, id = ""]) => id);
}

/** True when the last run that a worker has begun has a checkpoint. */
function isAmidRun(one: Started): boolean {
  const run = join(folder, "out", "runs", begun(one).at(-1) ?? "none");
  if (!existsSync(run)) return false;
  return readdirSync(run, { recursive: true }).some((name) => String(name).endsWith("checkpoint.safetensors"));
}

describe.skipIf(!hasRedis)("sptlab sweep --redis", () => {
  it("makes every run exactly once, though a worker is killed and Redis starts again", {
    timeout: 240_000,
  }, async () => {
    await writeSpec(folder, { seeds: [1, 2, 3, 4, 5], settings: { steps: 100 } });
    const workers = [worker(), worker(), worker()];
    const sweep = sptlab("sweep", "spec.json");

    await until(() => workers.some(isAmidRun), "a run with a checkpoint");
    const victim = workers.find(isAmidRun) ?? workers[0];
    const lost = victim === undefined ? "" : (begun(victim).at(-1) ?? "");
    victim?.child.kill("SIGKILL");
    const killedAt = new Date().toISOString();

    const others = workers.filter((one) => one !== victim);
    await until(() => others.some(isAmidRun), "another run with a checkpoint");
    await stopRedis();
    redis = await startRedis();

    expect(await sweep.end).toBe(0);
    const results = resultsIn(folder);
    expect(await linesIn(folder)).toHaveLength(5);
    expect(results.map(({ seed }) => seed).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(results.every(({ status }) => status === "completed")).toBe(true);
    const resumed = results.find(({ runId }) => runId === lost);
    expect(resumed?.startedAt?.localeCompare(killedAt)).toBe(-1); // its first start, from the checkpoint
    expect(others.some((one) => begun(one).includes(lost))).toBe(true);
  });

  it("gives runs back to the queue when a worker is interrupted, and results to the next sweep", {
    timeout: 240_000,
  }, async () => {
    await writeSpec(folder, { settings: { steps: 100 } });
    const first = worker();
    const gone = sptlab("sweep", "spec.json");
    await until(() => isAmidRun(first), "a run with a checkpoint");
    gone.child.kill("SIGINT");
    expect(await gone.end).toBe(130);
    first.child.kill("SIGINT");
    expect(await first.end).toBe(0);
    expect(resultsIn(folder)).toEqual([]);

    const second = worker();
    const sweep = sptlab("sweep", "spec.json");
    expect(await sweep.end).toBe(0);
    expect(begun(second)).toEqual(begun(first));
    expect(resultsIn(folder)).toMatchObject([{ status: "completed" }]);
  });

  it("says where there is no Redis", async () => {
    await writeSpec(folder, {});
    await stopRedis();
    const sweep = sptlab("sweep", "spec.json");
    expect(await sweep.end).toBe(1);
    expect(sweep.output.text).toMatch(new RegExp(`There must be a Redis at 127.0.0.1:${port}`));
    redis = await startRedis();
  });
});

function canRun(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function startRedis(): Promise<ChildProcess> {
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--save", ""];
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.on("data", (data: Buffer) => {
    text += data.toString();
  });
  await until(() => text.includes("Ready to accept connections"), "redis-server");
  return child;
}

async function stopRedis(): Promise<void> {
  const end = new Promise((done) => redis.once("exit", done));
  if (redis.exitCode !== null || !redis.kill("SIGTERM")) return;
  await end;
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
