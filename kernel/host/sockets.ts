/** The five sockets of a kernel: receiving, replying, publishing. */

import { randomUUID } from "node:crypto";
import { Reply, Router, XPublisher } from "zeromq";
import { type ConnectionInfo, endpoint } from "../wire/connection.js";
import { createHeader, type Header, type Json, type Message, MessageCodec } from "../wire/message.js";
import { SendQueue } from "../wire/sendQueue.js";

/** The channels on which requests come. */
export type RequestChannel = "shell" | "control" | "stdin";

/** Receives each verified message; its errors are logged and stop nothing. */
export type OnMessage = (channel: RequestChannel, message: Message) => void;

/** Where faults of single messages are written: nothing that a client sends stops the kernel. */
export type Log = (text: string) => void;

/** Waits this long for the last messages to leave when the sockets close. */
const LINGER_MS = 500;

/** The bound sockets of a running kernel. */
export class KernelSockets {
  private readonly session = randomUUID();
  private readonly codec: MessageCodec;
  private readonly routers: Readonly<Record<RequestChannel, Router>>;
  private readonly iopub = new XPublisher({ linger: LINGER_MS, sendHighWaterMark: 0, verbosity: "allSubs" });
  private readonly heartbeat = new Reply({ linger: 0 });
  private readonly queues: Readonly<Record<RequestChannel | "iopub", SendQueue>>;

  private constructor(
    connection: ConnectionInfo,
    private readonly log: Log,
  ) {
    this.codec = new MessageCodec(connection.key, connection.signature_scheme);
    const router = () => new Router({ linger: LINGER_MS, sendHighWaterMark: 0, receiveHighWaterMark: 0 });
    this.routers = { shell: router(), control: router(), stdin: router() };
    const queue = (socket: Router | XPublisher) =>
      new SendQueue(socket, (error) => log(`cannot send: ${String(error)}`));
    this.queues = {
      shell: queue(this.routers.shell),
      control: queue(this.routers.control),
      stdin: queue(this.routers.stdin),
      iopub: queue(this.iopub),
    };
  }

  /**
   * Binds all sockets and starts to receive.
   *
   * @throws Error  when a port is taken
   */
  static async bind(connection: ConnectionInfo, log: Log, onMessage: OnMessage): Promise<KernelSockets> {
    const sockets = new KernelSockets(connection, log);
    await Promise.all([
      sockets.routers.shell.bind(endpoint(connection, "shell")),
      sockets.routers.control.bind(endpoint(connection, "control")),
      sockets.routers.stdin.bind(endpoint(connection, "stdin")),
      sockets.iopub.bind(endpoint(connection, "iopub")),
      sockets.heartbeat.bind(endpoint(connection, "hb")),
    ]);
    for (const channel of ["shell", "control", "stdin"] as const) void sockets.receive(channel, onMessage);
    void sockets.echo();
    void sockets.welcome();
    return sockets;
  }

  /** Answers `request` on the channel where it came. */
  reply(channel: RequestChannel, request: Message, msgType: string, content: Json): void {
    const header = createHeader(msgType, this.session);
    const { identities } = request;
    const frames = this.codec.encode({
      identities,
      header,
      parent: request.header,
      metadata: {},
      content,
      buffers: [],
    });
    void this.queues[channel].send(frames);
  }

  /** Publishes to every client, on behalf of the request whose header is `parent` (null: of none). */
  publish(parent: Header | null, msgType: string, content: Json, metadata: Json = {}): void {
    const header = createHeader(msgType, this.session);
    const identities = [Buffer.from(`kernel.${this.session}.${msgType}`)];
    void this.queues.iopub.send(
      this.codec.encode({ identities, header, parent: parent ?? {}, metadata, content, buffers: [] }),
    );
  }

  /** Resolves when all that was sent is with ZeroMQ, then closes. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.flushed()));
    for (const socket of [...Object.values(this.routers), this.iopub, this.heartbeat]) socket.close();
  }

  private async receive(channel: RequestChannel, onMessage: OnMessage): Promise<void> {
    for await (const frames of this.routers[channel]) {
      try {
        onMessage(channel, this.codec.decode(frames));
      } catch (error) {
        this.log(`dropped a message on ${channel}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  private async echo(): Promise<void> {
    for await (const frames of this.heartbeat) await this.heartbeat.send(frames);
  }

  /** Greets each subscription (JEP 65), so that a client knows from when on it hears everything. */
  private async welcome(): Promise<void> {
    for await (const [frame] of this.iopub) {
      if (frame?.[0] !== 1) continue;
      const topic = frame.subarray(1);
      const header = createHeader("iopub_welcome", this.session);
      const content = { subscription: topic.toString("utf8") };
      const message = { identities: [topic], header, parent: {}, metadata: {}, content, buffers: [] };
      void this.queues.iopub.send(this.codec.encode(message));
    }
  }
}
