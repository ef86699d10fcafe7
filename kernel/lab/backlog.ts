/**
 * What a page that is loaded anew has to hear again: all of the cells that run, and what came while no page was there; of a
 * display that a cell changes again and again, its first state and its last.
 */

import type { ChannelMessage, MessageFacts } from "./frames.js";

/** The oldest messages are forgotten beyond this. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A page opens several sockets to a kernel when it is loaded; each hears what was missed if it comes within this time. */
const RETURN_MS = 10_000;

interface Kept {
  readonly request: string;
  readonly message: ChannelMessage;
  readonly sizeBytes: number;
}

/** Messages of one kernel, by the request that caused them. */
export class Backlog {
  /** By their numbers among all messages of the kernel, in order. */
  private readonly kept = new Map<number, Kept>();
  /** Numbers of the last change of each display, by request and display. */
  private readonly changes = new Map<string, number>();
  private sizeBytes = 0;
  private count = 0;
  /** Requests between busy and idle. */
  private readonly running = new Set<string>();
  /** Whether pages are away, or on their way back. */
  private isAway = true;
  private timer: NodeJS.Timeout | undefined;
  /** How much each session had heard when its socket closed. */
  private readonly heard = new Map<string, number>();

  /** Takes a message that the kernel has sent. */
  add(message: ChannelMessage, { request, state, updates }: MessageFacts): void {
    this.count += 1;
    if (request === null) return;
    if (state === "busy") this.running.add(request);
    if (this.isAway || this.running.has(request)) {
      const sizeBytes = [...message.parts, ...message.buffers].reduce((size, part) => size + part.length, 0);
      this.kept.set(this.count, { request, message, sizeBytes });
      this.sizeBytes += sizeBytes;
      if (updates !== null) this.forgetChange(`${request} ${updates}`);
      for (const number of this.kept.keys()) {
        if (this.sizeBytes <= MAX_BYTES) break;
        this.forget(number);
      }
    }
    if (state === "idle" && this.running.delete(request) && !this.isAway)
      this.keepOnly((one) => one.request !== request);
  }

  /** What a socket of this session has to hear first: a session that was here before, what it missed; a new one, all. */
  comes(session: string): readonly ChannelMessage[] {
    if (this.isAway) this.timer ??= setTimeout(() => this.arrived(), RETURN_MS).unref();
    const from = this.heard.get(session) ?? 0;
    return [...this.kept].flatMap(([number, { message }]) => (number > from ? [message] : []));
  }

  /** A socket has closed. */
  leaves(session: string, isLast: boolean): void {
    this.heard.set(session, this.count);
    if (!isLast) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isAway = true;
  }

  /** The kernel starts anew or is gone: nothing of before will be continued. */
  clear(): void {
    this.running.clear();
    this.keepOnly(() => false);
  }

  private arrived(): void {
    this.timer = undefined;
    this.isAway = false;
    this.heard.clear();
    this.keepOnly(({ request }) => this.running.has(request));
  }

  /** The newest message changes the display once more. */
  private forgetChange(display: string): void {
    this.forget(this.changes.get(display) ?? 0);
    this.changes.set(display, this.count);
  }

  private keepOnly(isKept: (one: Kept) => boolean): void {
    for (const [number, one] of this.kept) if (!isKept(one)) this.forget(number);
    for (const [display, number] of this.changes) if (!this.kept.has(number)) this.changes.delete(display);
  }

  private forget(number: number): void {
    this.sizeBytes -= this.kept.get(number)?.sizeBytes ?? 0;
    this.kept.delete(number);
  }
}
