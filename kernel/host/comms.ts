/** The open comms of the session, and the way of comm messages between clients and the worker. */

import { VERSION_TARGET } from "../widgets/targets.js";
import type { Json, Message } from "../wire/message.js";
import type { CommEvent, CommMessage } from "../worker/protocol.js";
import type { KernelLog } from "./kernelLog.js";
import type { Outputs } from "./outputs.js";
import type { WorkerProcess } from "./workerProcess.js";

/** Message type to what happens to the comm. */
const EVENTS: Readonly<Record<string, CommEvent>> = { comm_open: "open", comm_msg: "msg", comm_close: "close" };

/** Comm messages whose late output (from timers) still finds its parent. */
const REMEMBERED_MESSAGES = 100;

/** The parts of the host that comms need. */
export interface CommParts {
  readonly worker: Pick<WorkerProcess, "deliver">;
  readonly outputs: Outputs;
  readonly log: KernelLog;
}

/** Knows which comms are open, whatever the worker is doing. */
export class HostComms {
  private readonly targets = new Map<string, string>();
  /** How pages said which widgets they have: a new worker must hear it again. */
  private readonly greetings = new Map<string, CommMessage>();
  private newest = 0;

  constructor(private readonly parts: CommParts) {}

  /** Whether this is a message about a comm. */
  concerns(msgType: string): boolean {
    return Object.hasOwn(EVENTS, msgType);
  }

  /** Passes a client's message on; the kernel is busy for its sake until its handler has ended. */
  async receive(request: Message): Promise<void> {
    const { outputs, worker } = this.parts;
    const cell = --this.newest;
    outputs.attach(cell, request.header);
    outputs.publish(request.header, "status", { execution_state: "busy" });
    const message = this.accepted(cell, request);
    if (message !== null) await worker.deliver(message);
    outputs.publish(request.header, "status", { execution_state: "idle" });
    outputs.detach(cell + REMEMBERED_MESSAGES);
  }

  /** Publishes a message of the worker. */
  publish({ cell, event, commId, target, data, metadata, buffers }: CommMessage): void {
    if (event === "open") this.targets.set(commId, target);
    if (event === "close") this.targets.delete(commId);
    const content = { comm_id: commId, ...(event === "open" ? { target_name: target } : {}), data };
    this.parts.outputs.publishFor(cell, `comm_${event}`, content, metadata, buffers);
  }

  /** The content of a `comm_info_reply`: all open comms, or those of one target. */
  info({ target_name }: Json): Json {
    const wanted = [...this.targets].filter(([, target]) => typeof target_name !== "string" || target === target_name);
    return { status: "ok", comms: Object.fromEntries(wanted.map(([id, target]) => [id, { target_name: target }])) };
  }

  /** The worker ended, and the handlers with it: tells the clients, and the new worker of the pages that are there. */
  workerLost(): void {
    for (const comm_id of [...this.targets.keys()].filter((id) => !this.greetings.has(id))) {
      this.targets.delete(comm_id);
      this.parts.outputs.publish(null, "comm_close", { comm_id, data: {} });
    }
    for (const greeting of this.greetings.values()) void this.parts.worker.deliver(greeting);
  }

  /** A message with what it needs, its comm noted; null (and a line in the log) otherwise. */
  private accepted(cell: number, { header, content, metadata, buffers }: Message): CommMessage | null {
    const { comm_id, target_name, data = {} } = content;
    const event = EVENTS[header.msg_type] ?? "msg";
    const isKnown = typeof comm_id === "string" && this.targets.has(comm_id);
    if (typeof comm_id !== "string" || (event === "open" ? typeof target_name !== "string" || isKnown : !isKnown)) {
      this.parts.log.warn(`dropped a ${header.msg_type}: no such comm, or no target, or one that is open already`);
      return null;
    }
    const target = this.targets.get(comm_id) ?? String(target_name);
    const message = { type: "comm", cell, event, commId: comm_id, target, data, metadata, buffers } as const;
    if (event === "open") this.targets.set(comm_id, target);
    if (event === "open" && target === VERSION_TARGET) this.greetings.set(comm_id, message);
    if (event === "close") this.targets.delete(comm_id);
    if (event === "close") this.greetings.delete(comm_id);
    return message;
  }
}
