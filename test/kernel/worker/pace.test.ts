import { expect, it } from "vitest";
import { Pace } from "../../../kernel/worker/pace.js";

it("lets a burst go at once and then one output a millisecond, until it has rested", () => {
  let time = 0;
  const sleep = (ms: number): void => {
    time += ms;
  };
  const pace = new Pace({ now: () => time, sleep });
  const spend = (count: number): number => {
    const start = time;
    for (let output = 0; output < count; output++) pace.spend();
    return time - start;
  };
  expect(spend(50)).toBe(0);
  expect(spend(300)).toBe(300);
  time += 1_000;
  expect(spend(50)).toBe(0);
});
