/** The server's ZeroMQ sockets to one kernel; messages pass as they are, verified and signed. */

import { randomUUID } from "node:crypto";
import { Dealer, Subscriber } from "zeromq";
import { type ConnectionInfo, endpoint } from "../wire/connection.js";
import { createHeader, type Json, MessageCodec } from "../wire/message.js";
import { SendQueue } from "../wire/sendQueue.js";
import type { ChannelMessage } from "./frames.js";

const OPTIONS = { linger: 0, reconnectInterval: 10, receiveHighWaterMark: 0 } as const;
const NUDGE_MS = 100;

/** The channels on which a page may send. */
export type RequestChannel = "shell" | "control" | "stdin";

/** Open sockets. */
export class KernelLink {
  /** Marks the server's own requests; what answers them is not for pages. */
  private readonly session = randomUUID();
  private readonly codec: MessageCodec;
  private readonly sockets: Readonly<Record<RequestChannel, Dealer>> & { readonly iopub: Subscriber };
  private readonly queues: Readonly<Record<RequestChannel, SendQueue>>;
  private onHeard: () => void = () => undefined;
  private onAnswer: () => void = () => undefined;

  constructor(
    connection: ConnectionInfo,
    private readonly onMessage: (message: ChannelMessage) => void,
  ) {
    this.codec = new MessageCodec(connection.key, connection.signature_scheme);
    const dealer = () => new Dealer({ ...OPTIONS, sendHighWaterMark: 0, routingId: this.session }); // one identity: stdin finds its way back
    this.sockets = { shell: dealer(), control: dealer(), stdin: dealer(), iopub: new Subscriber(OPTIONS) };
    const queue = (socket: Dealer) => new SendQueue(socket, () => undefined); // a closed socket has nobody to tell
    const { shell, control, stdin, iopub } = this.sockets;
    this.queues = { shell: queue(shell), control: queue(control), stdin: queue(stdin) };
    iopub.subscribe();
    for (const channel of ["shell", "control", "stdin", "iopub"] as const) {
      this.sockets[channel].connect(endpoint(connection, channel));
      void this.receive(channel);
    }
  }

  /** Resolves when the kernel answers and its iopub is heard: what it publishes from now on is not missed. */
  async ready(): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.onHeard = resolve;
    });
    const answered = new Promise<void>((resolve) => {
      this.onAnswer = resolve;
    });
    this.ask("shell", "kernel_info_request");
    await answered;
    const nudge = setInterval(() => this.ask("shell", "kernel_info_request"), NUDGE_MS);
    await heard.finally(() => clearInterval(nudge));
  }

  /** Sends a page's message. */
  send(channel: RequestChannel, { parts, buffers }: Pick<ChannelMessage, "parts" | "buffers">): void {
    void this.queues[channel].send([...this.codec.seal(parts), ...buffers]);
  }

  /** Sends a request of the server's own; its answer is not waited for. */
  ask(channel: RequestChannel, msgType: string, content: Json = {}): void {
    this.send(channel, { parts: partsOf(createHeader(msgType, this.session), content), buffers: [] });
  }

  close(): void {
    for (const socket of Object.values(this.sockets)) socket.close();
    this.onHeard();
    this.onAnswer();
  }

  private async receive(channel: RequestChannel | "iopub"): Promise<void> {
    for await (const frames of this.sockets[channel]) {
      let opened: ReturnType<MessageCodec["open"]>;
      try {
        opened = this.codec.open(frames);
      } catch {
        continue; // not from our kernel: the key does not fit
      }
      if (channel === "iopub") this.onHeard();
      if (opened.parts[1]?.includes(this.session)) this.onAnswer();
      else this.onMessage({ channel, ...opened });
    }
  }
}

/** A message that the server itself tells the pages, as if the kernel had published it. */
export function statusMessage(state: string): ChannelMessage {
  return {
    channel: "iopub",
    parts: partsOf(createHeader("status", "server"), { execution_state: state }),
    buffers: [],
  };
}

function partsOf(header: object, content: Json): Buffer[] {
  return [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
}
