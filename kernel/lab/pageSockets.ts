/** The WebSockets through which pages speak to one kernel. */

import type { WebSocket } from "ws";
import { Backlog } from "./backlog.js";
import { type ChannelMessage, fromLegacy, fromV1, type MessageFacts, toLegacy, toV1, V1 } from "./frames.js";
import type { RequestChannel } from "./kernelLink.js";

/** A page that reads no more is let go when this much waits for it; it connects again and hears the rest. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/** WebSocket's code for data that is not what was agreed on. */
const BAD_DATA = 1007;

/** Hears what pages send; all hear what the kernel says. */
export class PageSockets {
  /** Each socket's session, which stands in the headers of what its page sends. */
  private readonly sessions = new Map<WebSocket, string>();
  private readonly backlog = new Backlog();

  constructor(private readonly onRequest: (channel: RequestChannel, message: ChannelMessage) => void) {}

  get count(): number {
    return this.sessions.size;
  }

  /** Takes a new socket, which first hears what it has to hear again. */
  add(socket: WebSocket, session: string): void {
    for (const [other, name] of this.sessions) if (name === session) this.remove(other); // its end was not noticed
    for (const message of this.backlog.comes(session)) socket.send(encode(socket, message));
    this.sessions.set(socket, session);
    socket.on("message", (data: Buffer, isBinary) => this.receive(socket, data, isBinary));
    socket.on("error", () => socket.terminate()); // a frame that breaks the protocol, or a page that is gone
    socket.on("close", () => this.remove(socket));
  }

  /** What the kernel publishes is for all pages, an answer for the one that asked, or for all when that one is gone. */
  send(message: ChannelMessage, facts: MessageFacts): void {
    this.backlog.add(message, facts);
    const sockets = [...this.sessions.keys()];
    const isForAll = message.channel === "iopub";
    const asked = sockets.filter((socket) => !isForAll && this.sessions.get(socket) === facts.session);
    const encoded = new Map<string, string | Buffer>();
    for (const socket of asked.length > 0 ? asked : sockets) {
      if (socket.bufferedAmount > MAX_UNREAD_BYTES) {
        socket.terminate();
        continue;
      }
      const data = encoded.get(socket.protocol) ?? encode(socket, message);
      encoded.set(socket.protocol, data);
      socket.send(data);
    }
  }

  /** Forgets what was said before: the kernel starts anew. */
  forget(): void {
    this.backlog.clear();
  }

  /** Parts with all pages. */
  close(): void {
    for (const socket of this.sessions.keys()) socket.close(1000);
    this.backlog.clear();
  }

  private remove(socket: WebSocket): void {
    const session = this.sessions.get(socket);
    if (session === undefined) return;
    this.sessions.delete(socket);
    this.backlog.leaves(session, this.count === 0);
    socket.terminate();
  }

  private receive(socket: WebSocket, data: Buffer, isBinary: boolean): void {
    try {
      const message = socket.protocol === V1 ? fromV1(data) : fromLegacy(data, isBinary);
      const { channel } = message;
      if (channel !== "shell" && channel !== "control" && channel !== "stdin") {
        throw new TypeError(`expected the channel shell, control or stdin; got ${channel.slice(0, 20)}`);
      }
      this.onRequest(channel, message);
    } catch (error) {
      socket.close(BAD_DATA, (error as Error).message.slice(0, 100));
    }
  }
}

function encode(socket: WebSocket, message: ChannelMessage): string | Buffer {
  return socket.protocol === V1 ? toV1(message) : toLegacy(message);
}
