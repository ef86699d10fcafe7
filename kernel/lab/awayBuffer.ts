/** What a kernel said while no page was listening, so that loading a page anew loses nothing. */

import type { ChannelMessage } from "./frames.js";

/** The oldest messages are forgotten beyond this. */
const MAX_BYTES = 32 * 1024 * 1024;

/** A page opens several sockets to a kernel when it is loaded; each hears everything if it comes within this time. */
const RETURN_MS = 10_000;

/** Keeps messages from when the last socket left until a while after the first is back. */
export class AwayBuffer {
  private messages: ChannelMessage[] = [];
  private sizeBytes = 0;
  private isKeeping = true;
  private timer: NodeJS.Timeout | undefined;

  /** Keeps a message if it is the time for it. */
  add(message: ChannelMessage): void {
    if (!this.isKeeping) return;
    this.messages.push(message);
    this.sizeBytes += sizeOf(message);
    while (this.sizeBytes > MAX_BYTES) {
      const oldest = this.messages.shift();
      if (oldest === undefined) break;
      this.sizeBytes -= sizeOf(oldest);
    }
  }

  /** A socket has come: what it missed. */
  replay(): readonly ChannelMessage[] {
    if (this.isKeeping) this.timer ??= setTimeout(() => this.forget(false), RETURN_MS).unref();
    return [...this.messages];
  }

  /** The last socket has left. */
  keep(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isKeeping = true;
  }

  /** Drops everything; with `isKeeping`, what comes from now on is kept. */
  forget(isKeeping: boolean): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.messages = [];
    this.sizeBytes = 0;
    this.isKeeping = isKeeping;
  }
}

function sizeOf({ parts, buffers }: ChannelMessage): number {
  return [...parts, ...buffers].reduce((size, part) => size + part.length, 0);
}
