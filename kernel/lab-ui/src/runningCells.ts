/**
 * Cells that run on while the page is loaded anew. JupyterLab drops what a kernel says about requests of an earlier page; our
 * server sends a new page all messages of its running cells again. The page notes which cell each request was for, so that
 * these messages, and updates of what earlier cells displayed, find their cell.
 */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { CodeCell, ICodeCellModel } from "@jupyterlab/cells";
import type { IOutput } from "@jupyterlab/nbformat";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel, KernelMessage } from "@jupyterlab/services";

/** The last request of a cell, and the places among its outputs of what can be updated. */
interface Run {
  readonly requestId: string;
  readonly displays: Readonly<Record<string, number>>;
}

/** The plugin. */
export const runningCells: JupyterFrontEndPlugin<void> = {
  id: "sptlab:running-cells",
  description: "Shows outputs of cells that were started before the page was loaded.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app, notebooks: INotebookTracker) => {
    notebooks.widgetAdded.connect((_tracker, panel) => {
      panel.sessionContext.kernelChanged.connect(
        (_context, { newValue }) => newValue && new KernelRuns(panel, newValue),
      );
    });
  },
};

/** What the cells of a notebook last asked of a kernel. The tab of the browser remembers it. */
class KernelRuns {
  private readonly key: string;
  /** Cell to its last run. */
  private runs: Record<string, Run>;
  /** The cells that an earlier page ran last. */
  private readonly earlier: Set<string>;

  constructor(
    private readonly panel: NotebookPanel,
    private readonly kernel: Kernel.IKernelConnection,
  ) {
    this.key = `sptlab:runs:${kernel.id}`;
    this.runs = JSON.parse(sessionStorage.getItem(this.key) ?? "{}");
    this.earlier = new Set(Object.keys(this.runs));
    kernel.anyMessage.connect((_kernel, { msg, direction }) => {
      if (direction === "send") this.sent(msg);
      else this.received(msg);
    });
    kernel.iopubMessage.connect((_kernel, message) => this.handled(message));
    kernel.statusChanged.connect((_kernel, status) => {
      if (status === "restarting" || status === "autorestarting") this.forget();
    });
  }

  private sent({ header, metadata }: KernelMessage.IMessage): void {
    const { cellId } = metadata as { cellId?: string };
    if (header.msg_type !== "execute_request" || cellId === undefined) return;
    this.earlier.delete(cellId);
    this.remember(cellId, { requestId: header.msg_id, displays: {} });
  }

  /** A message before JupyterLab handles it, or drops it. */
  private received(message: KernelMessage.IMessage): void {
    const update = message.header.msg_type === "update_display_data" ? displayIdOf(message) : undefined;
    for (const cellId of this.earlier) {
      const run = this.runs[cellId];
      const cell = this.cell(cellId);
      if (run === undefined || cell === undefined) continue;
      const place = update === undefined ? undefined : run.displays[update];
      if (place !== undefined && place < cell.model.outputs.length) cell.model.outputs.set(place, outputOf(message));
      if (requestOf(message) !== run.requestId) continue;
      if (message.channel === "stdin") this.ask(cell, message);
      else apply(cell.model, message);
      this.note(cellId, message);
    }
  }

  /** A message that JupyterLab has handled. */
  private handled(message: KernelMessage.IMessage): void {
    const [cellId] = Object.entries(this.runs).find(([, { requestId }]) => requestId === requestOf(message)) ?? [];
    if (cellId !== undefined && !this.earlier.has(cellId)) this.note(cellId, message);
  }

  /** Notes where among its cell's outputs stands what can be updated. */
  private note(cellId: string, message: KernelMessage.IMessage): void {
    const [run, cell, type] = [this.runs[cellId], this.cell(cellId), message.header.msg_type];
    if (run === undefined || cell === undefined) return;
    const displayId = type === "display_data" ? displayIdOf(message) : undefined;
    if (type === "execute_input" || type === "clear_output") this.remember(cellId, { ...run, displays: {} });
    if (displayId === undefined) return;
    this.remember(cellId, { ...run, displays: { ...run.displays, [displayId]: cell.model.outputs.length - 1 } });
  }

  /** Asks for a line of input below the cell, for a request that JupyterLab does not know. */
  private ask(cell: CodeCell, message: KernelMessage.IMessage): void {
    const future = {
      msg: { header: { msg_id: requestOf(message) } },
      done: new Promise<never>(() => undefined),
      onStdin: (_asked: KernelMessage.IMessage): void => undefined,
      sendInputReply: (...reply: Parameters<Kernel.IKernelConnection["sendInputReply"]>) =>
        this.kernel.sendInputReply(...reply),
      registerMessageHook: () => undefined,
      removeMessageHook: () => undefined,
      dispose: () => undefined,
    };
    cell.outputArea.reattachFuture(future as unknown as typeof cell.outputArea.future); // Which sets `onStdin`.
    future.onStdin(message);
  }

  private cell(id: string): CodeCell | undefined {
    if (this.panel.isDisposed) return undefined;
    return this.panel.content.widgets.find(({ model }) => model.id === id && model.type === "code") as
      | CodeCell
      | undefined;
  }

  private remember(cellId: string, run: Run): void {
    this.runs = { ...this.runs, [cellId]: run };
    sessionStorage.setItem(this.key, JSON.stringify(this.runs));
  }

  private forget(): void {
    this.runs = {};
    this.earlier.clear();
    sessionStorage.removeItem(this.key);
  }
}

/** What JupyterLab does with a message of one of its own requests. */
function apply(model: ICodeCellModel, message: KernelMessage.IMessage): void {
  const content = message.content as { execution_count?: number; execution_state?: string; wait?: boolean };
  switch (message.header.msg_type) {
    case "execute_input":
      model.outputs.clear();
      model.executionCount = content.execution_count ?? null;
      model.executionState = "running";
      break;
    case "stream":
    case "display_data":
    case "execute_result":
    case "error":
      model.outputs.add(outputOf(message));
      break;
    case "clear_output":
      model.outputs.clear(content.wait);
      break;
    case "status":
      if (content.execution_state === "idle") model.executionState = "idle";
  }
}

function outputOf({ header, content }: KernelMessage.IMessage): IOutput {
  const type = header.msg_type === "update_display_data" ? "display_data" : header.msg_type;
  return { ...content, output_type: type } as IOutput;
}

function displayIdOf({ content }: KernelMessage.IMessage): string | undefined {
  return (content as { transient?: { display_id?: string } }).transient?.display_id;
}

function requestOf({ parent_header }: KernelMessage.IMessage): string | undefined {
  return "msg_id" in parent_header ? parent_header.msg_id : undefined;
}
