import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Backlog } from "../../../kernel/lab/backlog.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A backlog, and the names of the messages that a socket of a session hears first. */
function filled() {
  const backlog = new Backlog();
  const add = (
    request: string,
    name: string,
    state: string | null = null,
    { bytes = 0, updates = null }: { readonly bytes?: number; readonly updates?: string | null } = {},
  ): void => {
    const parts = [Buffer.from(name), Buffer.alloc(bytes)];
    backlog.add({ channel: "iopub", parts, buffers: [] }, { request, session: null, state, updates });
  };
  const comes = (session: string): string =>
    backlog
      .comes(session)
      .map(({ parts }) => parts[0]?.toString())
      .join(" ");
  return { backlog, add, comes };
}

/** Time in which all sockets of a page have come. */
const ARRIVED_MS = 11_000;

it("tells a new session all of a cell that still runs, and nothing of one that ended while a page was there", () => {
  const { add, comes } = filled();
  comes("page");
  vi.advanceTimersByTime(ARRIVED_MS);
  add("1", "1-busy", "busy");
  add("1", "1-text");
  add("2", "2-busy", "busy");
  add("1", "1-idle", "idle");
  add("2", "2-text");
  add("1", "1-late");
  expect(comes("reloaded")).toBe("2-busy 2-text");
});

it("keeps what ends while no page is there until all sockets of the next page have come", () => {
  const { backlog, add, comes } = filled();
  comes("page");
  vi.advanceTimersByTime(ARRIVED_MS);
  add("1", "busy", "busy");
  backlog.leaves("page", true);
  add("1", "text");
  add("1", "idle", "idle");
  add("1", "reply");
  expect(comes("a")).toBe("busy text idle reply");
  vi.advanceTimersByTime(5_000);
  expect(comes("b")).toBe("busy text idle reply");
  vi.advanceTimersByTime(6_000);
  expect(comes("c")).toBe("");
});

it("tells a session that was here before only what it missed", () => {
  const { backlog, add, comes } = filled();
  comes("page");
  add("1", "busy", "busy");
  backlog.leaves("page", true);
  add("1", "text");
  expect(comes("page")).toBe("text");
  expect(comes("other")).toBe("busy text");
});

it("forgets the oldest beyond 16 MB, and everything when the kernel starts anew", () => {
  const { backlog, add, comes } = filled();
  add("1", "busy", "busy");
  for (let index = 0; index < 20; index += 1) add("1", String(index), null, { bytes: 1024 * 1024 });
  expect(comes("a").split(" ").slice(0, 2)).toEqual(["5", "6"]);
  backlog.clear();
  expect(comes("b")).toBe("");
});

it("keeps of each display that a cell changes the first state and the last, whatever came between", () => {
  const { add, comes } = filled();
  add("1", "busy", "busy");
  add("1", "figure");
  for (let step = 0; step < 50; step += 1) {
    add("1", `figure-${step}`, null, { bytes: 1024 * 1024, updates: "figure" });
    if (step % 25 === 0) add("1", `text-${step}`);
    add("1", `progress-${step}`, null, { updates: "progress" });
  }
  add("2", "other-busy", "busy");
  add("2", "other-figure", null, { updates: "figure" });
  expect(comes("a")).toBe("busy figure text-0 text-25 figure-49 progress-49 other-busy other-figure");
});
