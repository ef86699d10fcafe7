import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../lib/errors.js";
import { sizePool } from "../../../lib/experiments/processPool.js";

describe("sizePool", () => {
  const machine = { cores: 8, memoryBytes: 64e9 };

  it("gives each process one core, and what is left over as threads", () => {
    expect(sizePool(machine)).toEqual({ processes: 8, threads: 1 });
    expect(sizePool({ ...machine, runCount: 3 })).toEqual({ processes: 3, threads: 2 });
    expect(sizePool({ ...machine, processes: 2 })).toEqual({ processes: 2, threads: 4 });
    expect(sizePool({ ...machine, threads: 3 })).toEqual({ processes: 2, threads: 3 });
    expect(sizePool({ ...machine, isGpu: true })).toEqual({ processes: 1, threads: 8 });
  });

  it("starts no more processes than there is memory for", () => {
    expect(sizePool({ cores: 8, memoryBytes: 8e9 })).toEqual({ processes: 4, threads: 2 });
    expect(sizePool({ ...machine, modelBytes: 1.4e9 }).processes).toBe(8);
    expect(sizePool({ ...machine, modelBytes: 5e9 }).processes).toBe(3);
    expect(sizePool({ cores: 4, memoryBytes: 1e9 })).toEqual({ processes: 1, threads: 4 });
  });

  it("gives no core twice", () => {
    for (let cores = 1; cores <= 33; cores++) {
      for (let runCount = 1; runCount <= 9; runCount++) {
        const { processes, threads } = sizePool({ cores, memoryBytes: 1e12, runCount });
        expect(processes * threads).toBeLessThanOrEqual(cores);
      }
    }
  });

  it("refuses numbers that make no sense", () => {
    expect(() => sizePool({ processes: 0 })).toThrow(ConfigError);
    expect(() => sizePool({ threads: Number.NaN })).toThrow(/threads must be a whole number/);
  });
});
