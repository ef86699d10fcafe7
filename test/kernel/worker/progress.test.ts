import { expect, it } from "vitest";
import { asyncProgressOf, progressOf } from "../../../kernel/worker/progress.js";

/** What was shown, by a clock that each item advances. */
function recorder(stepMs: number) {
  let time = 0;
  const shown: [string, boolean][] = [];
  return {
    shown,
    show: (text: string, update: boolean) => void shown.push([text, update]),
    now: () => time,
    tick: () => {
      time += stepMs;
    },
  };
}

it("shows the start, four states a second with the time left, and the end, in one output", () => {
  const { shown, show, now, tick } = recorder(100);
  for (const _ of progressOf(Array.from({ length: 10 }), { label: "train" }, show, now)) tick();
  expect(shown).toEqual([
    ["train ░░░░░░░░░░░░░░░░░░░░ 0/10, starting", false],
    ["train ██████░░░░░░░░░░░░░░ 3/10, 0.7 s left", true],
    ["train ████████████░░░░░░░░ 6/10, 0.4 s left", true],
    ["train ██████████████████░░ 9/10, 0.1 s left", true],
    ["train ████████████████████ 10/10, 1 s", true],
  ]);
});

it("tells where a loop was left, by break or by an error", () => {
  const { shown, show, now, tick } = recorder(300);
  for (const item of progressOf(new Set([1, 2, 3]), {}, show, now)) {
    tick();
    if (item === 2) break;
  }
  expect(shown.at(-1)).toEqual(["██████░░░░░░░░░░░░░░ 1/3, stopped after 0.6 s", true]);
  const loop = () => {
    for (const _ of progressOf([1], {}, show, now)) throw new Error("inside");
  };
  expect(loop).toThrow("inside");
  expect(shown.at(-1)?.[0]).toMatch(/0\/1, stopped after 0 s$/);
});

it("counts items of unknown number, also asynchronous ones, and takes a total", async () => {
  const { shown, show, now, tick } = recorder(500);
  async function* rows() {
    yield* ["a", "b"];
  }
  for await (const _ of asyncProgressOf(rows(), { label: "rows" }, show, now)) tick();
  expect(shown.map(([text]) => text)).toEqual([
    "rows 0, starting",
    "rows 1, 0.5 s, 2/s",
    "rows 2, 1 s, 2/s",
    "rows 2, 1 s",
  ]);
  for await (const _ of asyncProgressOf(rows(), { total: 2 }, show, now)) tick();
  expect(shown.at(-1)?.[0]).toBe("████████████████████ 2/2, 1 s");
});
