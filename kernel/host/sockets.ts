/** The five sockets of a kernel: receiving, replying, publishing. */

import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { capability, Reply, Router, XPublisher } from "zeromq";
import { type Channel, type ConnectionInfo, endpoint } from "../wire/connection.js";
import { createHeader, type Header, type Json, type Message, MessageCodec } from "../wire/message.js";
import { SendQueue } from "../wire/sendQueue.js";
import type { KernelLog } from "./kernelLog.js";

/** The channels on which requests come. */
export type RequestChannel = "shell" | "control" | "stdin";

/** Receives each verified message; its errors are logged and stop nothing. */
export type OnMessage = (channel: RequestChannel, message: Message) => void;

/** Waits this long for the last messages to leave when the sockets close. */
const LINGER_MS = 500;

/** With more published messages waiting than this, the worker has to wait too. */
const MAX_UNSENT = 100;

/** The bound sockets of a running kernel. */
export class KernelSockets {
  private readonly session = randomUUID();
  private readonly codec: MessageCodec;
  private readonly routers: Readonly<Record<RequestChannel, Router>>;
  private readonly iopub: XPublisher;
  private readonly heartbeat: Reply;
  private readonly queues: Readonly<Record<RequestChannel | "iopub", SendQueue>>;

  private constructor(
    private readonly connection: ConnectionInfo,
    private readonly log: KernelLog,
  ) {
    this.codec = new MessageCodec(connection.key, connection.signature_scheme);
    const security = securityOf(connection);
    const router = () => new Router({ linger: LINGER_MS, sendHighWaterMark: 0, receiveHighWaterMark: 0, ...security });
    this.iopub = new XPublisher({ linger: LINGER_MS, sendHighWaterMark: 0, verbosity: "allSubs", ...security });
    this.heartbeat = new Reply({ linger: 0, ...security });
    this.routers = { shell: router(), control: router(), stdin: router() };
    const queue = (socket: Router | XPublisher) =>
      new SendQueue(socket, (error) => log.warn(`cannot send: ${String(error)}`));
    this.queues = {
      shell: queue(this.routers.shell),
      control: queue(this.routers.control),
      stdin: queue(this.routers.stdin),
      iopub: queue(this.iopub),
    };
  }

  /**
   * Binds all sockets. They hold what comes until `serve` is called.
   *
   * @throws Error  when a port is taken, or the connection asks for what this build of ZeroMQ or Node does not know
   */
  static async bind(connection: ConnectionInfo, log: KernelLog): Promise<KernelSockets> {
    const sockets = new KernelSockets(connection, log);
    const bind = async (channel: Channel, socket: Router | XPublisher | Reply): Promise<void> => {
      const address = endpoint(connection, channel);
      await socket.bind(address).catch((cause: Error) => {
        const advice = "Another program may hold it: start the kernel anew, so that Jupyter chooses other ports.";
        throw new Error(`the ${channel} socket cannot be bound to ${address}: ${cause.message}. ${advice}`, { cause });
      });
    };
    try {
      const { shell, control, stdin } = sockets.routers;
      await Promise.all([
        bind("shell", shell),
        bind("control", control),
        bind("stdin", stdin),
        bind("iopub", sockets.iopub),
        bind("hb", sockets.heartbeat),
      ]);
    } catch (error) {
      for (const socket of sockets.all()) socket.close();
      throw error;
    }
    void sockets.echo();
    void sockets.welcome();
    return sockets;
  }

  /** Starts to receive. */
  serve(onMessage: OnMessage): void {
    for (const channel of ["shell", "control", "stdin"] as const) void this.receive(channel, onMessage);
  }

  /** Answers `request` to its sender, on the channel where it came or another; returns the answer's header. */
  reply(channel: RequestChannel, request: Message, msgType: string, content: Json): Header {
    const header = createHeader(msgType, this.session);
    const { identities } = request;
    this.post(channel, { identities, header, parent: request.header, metadata: {}, content, buffers: [] });
    return header;
  }

  /** Publishes to every client, on behalf of the request whose header is `parent` (null: of none). */
  publish(
    parent: Header | null,
    msgType: string,
    content: Json,
    metadata: Json = {},
    bytes: readonly Uint8Array[] = [],
  ): void {
    const header = createHeader(msgType, this.session);
    const identities = [Buffer.from(`kernel.${this.session}.${msgType}`)];
    const buffers = bytes.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    this.post("iopub", { identities, header, parent: parent ?? {}, metadata, content, buffers });
  }

  /** While more has been published than could be sent: resolves when that is sent. Otherwise null. */
  publishing(): Promise<void> | null {
    return this.queues.iopub.length > MAX_UNSENT ? this.queues.iopub.flushed() : null;
  }

  /** Resolves when all that was sent is with ZeroMQ, then closes. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.flushed()));
    for (const socket of this.all()) socket.close();
    if (this.connection.transport !== "ipc") return;
    // ZeroMQ removes its files some time later, when this process may be gone.
    for (const channel of ["shell", "control", "stdin", "iopub", "hb"] as const) {
      rmSync(endpoint(this.connection, channel).replace(/^ipc:\/\//, ""), { force: true });
    }
  }

  private all(): readonly (Router | XPublisher | Reply)[] {
    return [...Object.values(this.routers), this.iopub, this.heartbeat];
  }

  private async receive(channel: RequestChannel, onMessage: OnMessage): Promise<void> {
    for await (const frames of this.routers[channel]) {
      try {
        const message = this.codec.decode(frames);
        this.log.message({ direction: "in", channel, ...message, sizeBytes: sizeOf(frames) });
        onMessage(channel, message);
      } catch (error) {
        this.log.warn(`dropped a message on ${channel}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  private post(channel: RequestChannel | "iopub", message: Message): void {
    let frames: ReturnType<MessageCodec["encode"]>;
    try {
      frames = this.codec.encode(message);
    } catch (error) {
      // A value that JSON cannot carry must cost its message and nothing else.
      this.log.warn(
        `cannot encode ${message.header.msg_type}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return;
    }
    this.log.message({ direction: "out", channel, ...message, sizeBytes: sizeOf(frames) });
    void this.queues[channel].send(frames);
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
      this.post("iopub", { identities: [topic], header, parent: {}, metadata: {}, content, buffers: [] });
    }
  }
}

function sizeOf(frames: readonly Buffer[]): number {
  return frames.reduce((size, frame) => size + frame.length, 0);
}

/**
 * Socket options for the connection's curve keys, if it has them.
 *
 * @throws Error  rather than to speak in the clear
 */
function securityOf({ curve_publickey, curve_secretkey }: ConnectionInfo): {
  readonly curveServer?: true;
  readonly curveSecretKey?: string;
} {
  if (!curve_publickey && !curve_secretkey) return {};
  if (!curve_publickey || !curve_secretkey) {
    throw new Error("the connection file needs both curve_publickey and curve_secretkey, or neither; it has one");
  }
  if (capability.curve !== true) {
    throw new Error("the connection file asks for CurveZMQ, which this build of zeromq lacks; switch encryption off");
  }
  return { curveServer: true, curveSecretKey: curve_secretkey };
}
