/** Publishes what cells write and show, joining small writes: a loop that prints would flood the clients. */

import type { Header, Json } from "../wire/message.js";
import type { WorkerOutput } from "../worker/protocol.js";

/** Sends one message on iopub. */
export type Publish = (
  parent: Header | null,
  msgType: string,
  content: Json,
  metadata?: Json,
  buffers?: readonly Uint8Array[],
) => void;

/** Stream text waits this long for more. */
const JOIN_MS = 25;

/** Text of this size is sent without waiting. */
const MAX_JOINED_CHARS = 100_000;

/** Cells whose late output (from timers) still finds its cell. */
const REMEMBERED_CELLS = 1_000;

/** Keeps the order of everything that it publishes. */
export class Outputs {
  private readonly parents = new Map<number, Header>();
  private pending: { readonly parent: Header | null; readonly name: string; text: string } | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** The newest request that ran code. */
  private newest: Header | null = null;

  private leftOutChars = 0;

  /**
   * @param isBehind  whether clients have left so much unread that printed text is dropped; all else is always sent,
   *                  so that a client that comes back learns how each cell ended
   */
  constructor(
    private readonly send: Publish,
    private readonly isBehind: () => boolean = () => false,
  ) {}

  /** From now on, what `cell` shows belongs to the request with this header. */
  attach(cell: number, parent: Header): void {
    this.parents.set(cell, parent);
    if (cell > 0) this.newest = parent; // Front ends show nothing for a comm message.
    if (this.parents.size > REMEMBERED_CELLS) {
      for (const oldest of [...this.parents.keys()].slice(0, 1)) this.parents.delete(oldest);
    }
  }

  /** What `cell` shows from now on belongs to no request. */
  detach(cell: number): void {
    this.parents.delete(cell);
  }

  /** Publishes any message after the stream text that came before it. */
  publish: Publish = (parent, ...message) => {
    this.flush();
    this.send(parent, ...message);
  };

  /** Tells the user something about the kernel, below the cell that came last: front ends show nothing without one. */
  announce(text: string): void {
    this.publish(this.newest, "stream", { name: "stderr", text: `${text}\n` });
  }

  /** Publishes a message on behalf of a cell. */
  publishFor(cell: number, msgType: string, content: Json, metadata: Json, buffers: readonly Uint8Array[]): void {
    this.publish(this.parents.get(cell) ?? null, msgType, content, metadata, buffers);
  }

  /** Publishes what a cell shows. */
  show(output: WorkerOutput): void {
    const parent = this.parents.get(output.cell) ?? null;
    if (output.type === "stream") {
      this.stream(output.cell, output.name, output.text);
    } else if (output.type === "clear") {
      this.publish(parent, "clear_output", { wait: output.wait });
    } else {
      const { data, metadata, displayId, update } = output;
      const transient = displayId === null ? {} : { display_id: displayId };
      this.publish(parent, update ? "update_display_data" : "display_data", { data, metadata, transient });
    }
  }

  /** Adds to a stream of a cell. */
  stream(cell: number, name: "stdout" | "stderr", text: string): void {
    const parent = this.parents.get(cell) ?? null;
    if (this.pending !== null && (this.pending.parent !== parent || this.pending.name !== name)) this.flush();
    this.pending ??= { parent, name, text: "" };
    this.pending.text += text;
    if (this.pending.text.length > MAX_JOINED_CHARS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), JOIN_MS);
  }

  /** Publishes the stream text that waits for more. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { pending } = this;
    this.pending = null;
    if (pending === null) return;
    const { parent, name, text } = pending;
    const note = (sentence: string): void => this.send(parent, "stream", { name: "stderr", text: `[${sentence}]\n` });
    if (this.isBehind()) {
      if (this.leftOutChars === 0) note("what is printed from here on is left out: a client does not read it");
      this.leftOutChars += text.length;
      return;
    }
    if (this.leftOutChars > 0) note(`${this.leftOutChars} characters were left out`);
    this.leftOutChars = 0;
    this.send(parent, "stream", { name, text });
  }
}
