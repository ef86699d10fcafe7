/** A kernel for tests: each cell's source names what it does. */

import type { CellExecutor } from "../../../kernel/notebook/runNotebook.js";

type Handler = (
  send: (msg_type: string, content: Record<string, unknown>) => void,
) => "ok" | "error" | Promise<"ok" | "error">;

/** Runs `cells[source]` for a cell of that source; records what ran and how often it was interrupted. */
export function stubKernel(cells: Record<string, Handler>) {
  const ran: string[] = [];
  const state = { interrupts: 0, onInterrupt: (): void => undefined };
  const kernel: CellExecutor & { shutdown(): Promise<void> } = {
    async execute(code, { onIopub }) {
      ran.push(code);
      const send = (msg_type: string, content: Record<string, unknown>) => onIopub({ header: { msg_type }, content });
      send("execute_input", { code, execution_count: ran.length });
      const status = await (cells[code] ?? (() => "ok" as const))(send);
      return status === "ok" ? { status } : { status, ename: "Error", evalue: "broken" };
    },
    async interrupt() {
      state.interrupts++;
      state.onInterrupt();
    },
    shutdown: async () => undefined,
  };
  return { kernel, ran, state };
}
