/** `sptlab sweep` on this machine: it runs, is interrupted, is killed, and goes on. */

import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { linesIn, resultsIn, start, until, writeSpec } from "./sweepProcess.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sweep-command-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** True when a run of the sweep has a checkpoint. */
function hasCheckpoint(): boolean {
  const runs = join(folder, "out", "runs");
  if (!existsSync(runs)) return false;
  return readdirSync(runs, { recursive: true }).some((name) => String(name).endsWith("checkpoint.safetensors"));
}

describe("sptlab sweep", () => {
  it("runs a grid, notes what fails, and runs nothing twice", async () => {
    const lora = { method: "lora", grid: { learningRate: [0.001, 1e30] } }; // the second diverges
    await writeSpec(folder, { methods: ["bitfit", lora], settings: { steps: 3 } });
    const first = start(folder, "sweep", "spec.json", "--processes", "2");
    expect(await first.end).toBe(1); // a run has failed
    expect(first.output.text).toMatch(/lora sample\/sst2 32 seed 1: failed: .*finite/);
    expect(first.output.text).toMatch(/small: 3\/3 runs, 1 failed/);
    const results = resultsIn(folder);
    expect(results.map(({ status }) => status).sort()).toEqual(["completed", "completed", "failed"]);
    expect(results.find(({ status }) => status === "failed")?.error?.name).toBe("ConfigError");
    const second = start(folder, "sweep", "spec.json");
    await second.end;
    expect(await linesIn(folder)).toHaveLength(3);
    const dry = start(folder, "sweep", "spec.json", "--dry-run");
    expect(await dry.end).toBe(0);
    expect(dry.output.text).toContain("small: 3 runs, 0 due now");
  });

  it("refuses a wrong spec before anything runs", async () => {
    await writeSpec(folder, { methods: ["lore"] });
    const unknown = start(folder, "sweep", "spec.json");
    expect(await unknown.end).toBe(1);
    expect(unknown.output.text).toMatch(/spec\.json: methods must be among full, .*got "lore"/);
    await writeSpec(folder, { methods: [{ method: "spt", settings: { topK: 99 } }] });
    const outside = start(folder, "sweep", "spec.json");
    expect(await outside.end).toBe(1);
    expect(outside.output.text).toMatch(/spt with .*topK must be between 1 and 12/);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  it.each([
    ["an interrupt", "SIGINT", 130],
    ["a kill", "SIGKILL", "SIGKILL"],
  ] as const)("goes on after %s from its checkpoint, to the same scores", async (_, signal, status) => {
    const settings = { steps: 120 };
    await writeSpec(folder, { settings });
    const broken = start(folder, "sweep", "spec.json");
    await until(hasCheckpoint, "a checkpoint");
    broken.child.kill(signal);
    expect(await broken.end).toBe(status);
    expect(resultsIn(folder)).toEqual([]);
    const stoppedAt = new Date().toISOString();
    const resumed = start(folder, "sweep", "spec.json");
    expect(await resumed.end).toBe(0);
    const [result] = resultsIn(folder);
    expect(result?.startedAt?.localeCompare(stoppedAt)).toBe(-1); // what the checkpoint remembers

    const other = join(folder, "whole");
    await writeSpec(other, { settings });
    const whole = start(other, "sweep", "spec.json");
    expect(await whole.end).toBe(0);
    const timeless = { seconds: 0, startedAt: "" };
    expect({ ...result, ...timeless }).toEqual({ ...resultsIn(other)[0], ...timeless });
  });
});
