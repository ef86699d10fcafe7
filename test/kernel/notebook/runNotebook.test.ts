/** Running collects what a kernel puts out, in the order and shape that a notebook stores. */

import { expect, test } from "vitest";
import type { CodeCell, Notebook } from "../../../kernel/notebook/notebook.js";
import { runNotebook } from "../../../kernel/notebook/runNotebook.js";
import { stubKernel } from "./stubKernel.js";

function notebookOf(...sources: string[]) {
  const cells = sources.map(
    (source, index): CodeCell => ({
      cell_type: "code",
      id: `c${index}`,
      metadata: {},
      source,
      execution_count: 9,
      outputs: [{ output_type: "stream", name: "stdout", text: "old" }],
    }),
  );
  return { metadata: {}, cells };
}

test("stream output is joined per stream, and a carriage return overwrites its line", async () => {
  const notebook = notebookOf("print");
  const { kernel } = stubKernel({
    print: (send) => {
      for (const text of ["a\n", "10%\r", "20%\r", "done\n"]) send("stream", { name: "stdout", text });
      send("stream", { name: "stderr", text: "oh" });
      send("stream", { name: "stdout", text: "b" });
      return "ok";
    },
  });
  expect((await runNotebook(notebook, kernel)).status).toBe("completed");
  expect(notebook.cells[0]?.outputs).toEqual([
    { output_type: "stream", name: "stdout", text: "a\ndone\n" },
    { output_type: "stream", name: "stderr", text: "oh" },
    { output_type: "stream", name: "stdout", text: "b" },
  ]);
  expect(notebook.cells[0]?.execution_count).toBe(1);
});

test("an update changes every output of its display id, also in earlier cells, and adds none", async () => {
  const notebook = notebookOf("show", "update");
  const transient = { display_id: "d" };
  const { kernel } = stubKernel({
    show: (send) => {
      send("display_data", { data: { "text/plain": "1" }, metadata: {}, transient });
      send("display_data", { data: { "text/plain": "1" }, metadata: {}, transient });
      return "ok";
    },
    update: (send) => {
      send("update_display_data", { data: { "text/plain": "2" }, metadata: { k: 1 }, transient });
      send("execute_result", { data: { "text/plain": "r" }, metadata: {}, execution_count: 2 });
      return "ok";
    },
  });
  await runNotebook(notebook, kernel);
  const shown = { output_type: "display_data", data: { "text/plain": "2" }, metadata: { k: 1 } };
  expect(notebook.cells[0]?.outputs).toEqual([shown, shown]);
  expect(notebook.cells[1]?.outputs).toEqual([
    { output_type: "execute_result", execution_count: 2, data: { "text/plain": "r" }, metadata: {} },
  ]);
});

test("clear_output clears at once, or with wait at the next output", async () => {
  const notebook = notebookOf("now", "wait", "waitForNothing");
  const say = (text: string) => ["stream", { name: "stdout", text }] as const;
  const { kernel } = stubKernel({
    now: (send) => {
      send(...say("a"));
      send("clear_output", { wait: false });
      return "ok";
    },
    wait: (send) => {
      send(...say("a"));
      send("clear_output", { wait: true });
      send(...say("b"));
      return "ok";
    },
    waitForNothing: (send) => {
      send(...say("a"));
      send("clear_output", { wait: true });
      return "ok";
    },
  });
  await runNotebook(notebook, kernel);
  expect(notebook.cells.map((cell) => cell.outputs.map((output) => "text" in output && output.text))).toEqual([
    [],
    ["b"],
    ["a"],
  ]);
});

test("the first failing cell ends the run; later cells keep no old outputs", async () => {
  const notebook = notebookOf("fine", "fail", "later");
  const { kernel, ran } = stubKernel({
    fail: (send) => {
      send("error", { ename: "Error", evalue: "broken", traceback: ["Error: broken"] });
      return "error";
    },
  });
  const result = await runNotebook(notebook, kernel);
  expect(result).toMatchObject({ status: "failed", error: { cell: 2, ename: "Error", evalue: "broken" } });
  expect(ran).toEqual(["fine", "fail"]);
  expect(notebook.cells[1]?.outputs).toEqual([
    { output_type: "error", ename: "Error", evalue: "broken", traceback: ["Error: broken"] },
  ]);
  expect(notebook.cells[2]).toMatchObject({ outputs: [], execution_count: null });
  expect(notebook.cells.map((cell) => (cell.metadata.papermill as { status?: string } | undefined)?.status)).toEqual([
    "completed",
    "failed",
    undefined,
  ]);
});

test("a kernel that dies leaves an error in the cell", async () => {
  const notebook = notebookOf("die");
  const { kernel } = stubKernel({ die: () => Promise.reject(new Error("the kernel process ended")) });
  expect((await runNotebook(notebook, kernel)).error?.ename).toBe("KernelDied");
  expect(notebook.cells[0]?.outputs).toMatchObject([{ output_type: "error", evalue: "the kernel process ended" }]);
});

test("a cell over its time is interrupted and fails", async () => {
  const notebook = notebookOf("slow");
  const { kernel, state } = stubKernel({
    slow: () =>
      new Promise((resolve) => {
        state.onInterrupt = () => resolve("error");
      }),
  });
  const result = await runNotebook(notebook, kernel, { timeoutSeconds: 0.01 });
  expect(state.interrupts).toBe(1);
  expect(result).toMatchObject({ status: "failed", error: { ename: "TimeoutError" } });
});

test("a stop interrupts the running cell and leaves out the rest", async () => {
  const notebook = notebookOf("slow", "later");
  const stop = new AbortController();
  const { kernel, ran, state } = stubKernel({
    slow: (send) =>
      new Promise((resolve) => {
        state.onInterrupt = () => {
          send("stream", { name: "stdout", text: "stopped early" });
          resolve("ok");
        };
        stop.abort();
      }),
  });
  expect((await runNotebook(notebook, kernel, { signal: stop.signal })).status).toBe("stopped");
  expect(ran).toEqual(["slow"]);
  expect(notebook.cells[0]?.outputs).toMatchObject([{ text: "stopped early" }]);
});

test("a finished cell is reported with its number and the newest plain text that it showed", async () => {
  const notebook = notebookOf("show", "");
  const { kernel, ran } = stubKernel({
    show: (send) => {
      send("display_data", { data: { "text/plain": "start" }, metadata: {}, transient: { display_id: "d" } });
      send("update_display_data", {
        data: { "text/plain": "search 30/120" },
        metadata: {},
        transient: { display_id: "d" },
      });
      send("display_data", { data: { "text/plain": "Gates", "text/html": "" }, metadata: {}, transient: {} });
      return "ok";
    },
  });
  const lines: string[] = [];
  await runNotebook(notebook, kernel, {
    onCell: ({ cell, cellCount, text }) => lines.push(`${cell}/${cellCount} ${text}`),
  });
  expect(lines).toEqual(["1/1 search 30/120"]);
  expect(ran).toEqual(["show"]);
});

test("a cell that shows nothing is reported under the heading above it", async () => {
  const notebook = notebookOf("quiet");
  const heading = (source: string): Notebook["cells"][number] => ({
    cell_type: "markdown",
    id: source,
    metadata: {},
    source,
  });
  notebook.cells.unshift(heading("# Title") as never, heading("text\n\n## Load\nmore") as never);
  notebook.cells.push(heading("## Later") as never);
  const lines: string[] = [];
  await runNotebook(notebook, stubKernel({}).kernel, { onCell: ({ text }) => lines.push(text) });
  expect(lines).toEqual(["Load"]);
});
