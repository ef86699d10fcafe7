/** Comms: channels between code in cells and code in the client, opened from either side. */

import { randomUUID } from "node:crypto";
import {
  type CellContext,
  createCellContext,
  emitOutput,
  KeyboardInterrupt,
  requireLiveCell,
  runOnBehalf,
} from "./cellContext.js";
import type { CommEvent, CommMessage as WireMessage } from "./protocol.js";
import type { RunningCells } from "./runningCells.js";

/** What came over the wire, untyped as from `JSON.parse`. */
export type FromJson = ReturnType<typeof JSON.parse>;

/** A message that came over a comm. */
export interface CommMessage {
  readonly data: FromJson;
  readonly metadata: Readonly<Record<string, FromJson>>;
  readonly buffers: readonly Uint8Array[];
  /** The same data under the protocol's own names. */
  readonly content: { readonly comm_id: string; readonly target_name: string; readonly data: FromJson };
}

/** Receives a message. The kernel is busy until it (or the promise that it returns) has ended; errors go to stderr. */
export type CommHandler = (message: CommMessage) => unknown;

/** Sets a handler. That it takes messages too is for TypeScript, which wants a getter's type to fit its setter's. */
export type SetCommHandler = (handler: CommHandler | CommMessage) => void;

/** Binary data that travels beside the JSON. */
export type CommBuffers = readonly (ArrayBuffer | ArrayBufferView)[];

/** One channel between a cell and the client. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Sends JSON, and buffers beside it, to the other side. Nothing is sent once the comm is closed. */
  send(data?: unknown, metadata?: object, buffers?: CommBuffers): void;
  /** Assign the handler of messages (or call this with it); the newest replaces the one before. */
  get onMsg(): SetCommHandler;
  set onMsg(handler: CommHandler);
  /** Assign the handler of the other side's close (or call this with it). */
  get onClose(): SetCommHandler;
  set onClose(handler: CommHandler);
  /** Closes the comm on both sides; `onClose` is not called. */
  close(data?: unknown, metadata?: object, buffers?: CommBuffers): void;
}

/** Called when the client opens a comm. Set `onMsg` before the first `await`: messages without a handler are dropped. */
export type CommTarget = (comm: Comm, open: CommMessage) => unknown;

interface LiveComm extends Comm {
  readonly handlers: { msg: CommHandler | null; close: CommHandler | null };
}

/** All comms of the session. */
export class Comms {
  private readonly targets = new Map<string, CommTarget>();
  private readonly live = new Map<string, LiveComm>();
  private readonly handling = new Map<number, CellContext>();

  /**
   * @param contexts  tells the output of handlers from that of cells
   * @param report    shows an error of a handler on stderr
   */
  constructor(
    private readonly contexts: RunningCells,
    private readonly report: (error: unknown) => void,
  ) {}

  /**
   * Serves comms that the client opens under `name`; a later call replaces the target.
   *
   * @throws TypeError  when the name or the function is missing
   */
  registerTarget = (name: string, target: CommTarget): void => {
    if (typeof name !== "string" || typeof target !== "function") {
      throw new TypeError("registerCommTarget expects a name and a function (comm, open) => …");
    }
    this.targets.set(name, target);
  };

  /** Opens a comm to the client's target of that name. A client that does not know it closes the comm. */
  open = (target: string, data: unknown = {}, metadata: object = {}, buffers: CommBuffers = []): Comm => {
    if (typeof target !== "string") throw new TypeError(`openComm expects the target's name; got ${typeof target}`);
    const comm = this.create(randomUUID(), target);
    emit("open", comm, data, metadata, buffers);
    return comm;
  };

  /** Handles a message of the client, beside whatever runs, and tells the host when that has ended. */
  deliver(message: WireMessage): void {
    const context = createCellContext(message.cell);
    this.handling.set(message.cell, context);
    this.contexts.start(context, () => {
      this.dispatch(message)
        .catch((error: unknown) => runOnBehalf(context, () => this.report(error)))
        .then(() => Promise.all(context.pendingDisplays))
        .catch((error: unknown) => runOnBehalf(context, () => this.report(error)))
        .then(() => this.end(context));
    });
  }

  /** Ends handlers, as an interrupt ends a cell: what is left of them may do nothing more. */
  interrupt(messages: readonly number[]): void {
    for (const context of messages.flatMap((message) => this.handling.get(message) ?? [])) {
      context.controller.abort(new KeyboardInterrupt());
      context.cancelled = true;
      this.end(context);
    }
  }

  private end(context: CellContext): void {
    if (!this.handling.delete(context.cell)) return;
    this.contexts.end(context);
    emitOutput({ type: "handled", cell: context.cell });
  }

  private async dispatch(wire: WireMessage): Promise<void> {
    const { event, commId, target } = wire;
    const message = received(wire);
    if (event === "open") {
      const comm = this.create(commId, target);
      const serve = this.targets.get(target);
      if (serve === undefined) return comm.close();
      try {
        await serve(comm, message);
      } catch (error) {
        comm.close();
        throw error;
      }
      return;
    }
    const comm = this.live.get(commId);
    if (event === "close") this.live.delete(commId);
    await comm?.handlers[event]?.(message);
  }

  private create(id: string, target: string): LiveComm {
    const { live } = this;
    const handlers: LiveComm["handlers"] = { msg: null, close: null };
    const comm: LiveComm = {
      id,
      target,
      handlers,
      send(data = {}, metadata = {}, buffers = []) {
        if (live.has(id)) emit("msg", comm, data, metadata, buffers);
      },
      close(data = {}, metadata = {}, buffers = []) {
        if (live.delete(id)) emit("close", comm, data, metadata, buffers);
      },
      get onMsg(): SetCommHandler {
        return (handler) => setHandler("msg", handler);
      },
      set onMsg(handler: CommHandler) {
        setHandler("msg", handler);
      },
      get onClose(): SetCommHandler {
        return (handler) => setHandler("close", handler);
      },
      set onClose(handler: CommHandler) {
        setHandler("close", handler);
      },
    };
    const setHandler = (event: "msg" | "close", handler: CommHandler | CommMessage): void => {
      if (typeof handler !== "function") throw new TypeError("a comm's handler must be a function (message) => …");
      handlers[event] = handler;
    };
    live.set(id, comm);
    return comm;
  }
}

function received({ commId, target, data, metadata, buffers }: WireMessage): CommMessage {
  return { data, metadata, buffers, content: { comm_id: commId, target_name: target, data } };
}

/** @throws TypeError  when the data has no JSON form */
function emit(event: CommEvent, comm: Comm, data: unknown, metadata: object, buffers: CommBuffers): void {
  const { cell } = requireLiveCell();
  const bytes = buffers.map((buffer) =>
    ArrayBuffer.isView(buffer) ? Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength) : Buffer.from(buffer),
  );
  const json = JSON.parse(JSON.stringify({ data, metadata })) as Pick<WireMessage, "data" | "metadata">;
  emitOutput({ type: "comm", cell, event, commId: comm.id, target: comm.target, ...json, buffers: bytes });
}
