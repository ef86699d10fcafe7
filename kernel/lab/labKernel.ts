/** One kernel: its process, its sockets, the pages that use it, and what becomes of it. */

import { rm } from "node:fs/promises";
import type { WebSocket } from "ws";
import { freeConnection } from "../client/freeConnection.js";
import type { ConnectionInfo } from "../wire/connection.js";
import { type ChannelMessage, factsOf } from "./frames.js";
import { KernelLink, type RequestChannel, statusMessage } from "./kernelLink.js";
import { KernelProcess, type LaunchOptions } from "./kernelProcess.js";
import { PageSockets } from "./pageSockets.js";

/** A kernel that ends this often within a minute is not started again. */
const MAX_DEATHS = 5;
const DEATHS_WITHIN_MS = 60_000;

/** How long a kernel may take to end when it is asked to. */
const POLITE_MS = 3_000;

/** Jupyter's names for what a kernel does. */
export type KernelState = "starting" | "idle" | "busy" | "restarting" | "autorestarting" | "dead";

/** What a kernel is made of, beside its connection. */
export interface LabKernelOptions extends Omit<LaunchOptions, "connection"> {
  readonly id: string;
  readonly name: string;
  /** Told when the kernel ended and why. */
  readonly onDeath: (text: string) => void;
}

/** A kernel of this server. */
export class LabKernel {
  readonly id: string;
  readonly name: string;
  state: KernelState = "starting";
  lastActivity = new Date();
  private connection: ConnectionInfo | null = null;
  private process: KernelProcess | null = null;
  private link: KernelLink | null = null;
  private isReady = false;
  /** What pages sent before the kernel was ready. */
  private held: (() => void)[] = [];
  private deaths: number[] = [];
  private readonly pages = new PageSockets((channel, message) => this.request(channel, message));
  /** Starts and stops one after the other. */
  private work: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LabKernelOptions) {
    this.id = options.id;
    this.name = options.name;
  }

  /** Jupyter's description. */
  get model() {
    return {
      id: this.id,
      name: this.name,
      last_activity: this.lastActivity.toISOString(),
      execution_state: this.state,
      connections: this.pages.count,
    };
  }

  /** Starts the process; resolves before the kernel answers. */
  start(): Promise<void> {
    return this.inTurn(() => this.launch());
  }

  /** Ends the process and starts another on the same ports; resolves when that answers, or has ended. */
  async restart(): Promise<void> {
    const process = await this.inTurn(async () => {
      this.state = "restarting"; // The page that asked knows; others would take it for the kernel's death.
      this.deaths = [];
      await this.stop(true);
      this.pages.forget();
      await this.launch();
      return this.process;
    });
    await Promise.race([this.whenReady(), process?.exited]);
  }

  /** Ends the kernel for good. */
  shutdown(): Promise<void> {
    return this.inTurn(async () => {
      await this.stop(false);
      this.tell("dead");
      this.pages.close();
      await rm(this.options.connectionFile, { force: true });
    });
  }

  /** Interrupts what runs, in the way that the kernelspec asks for. */
  interrupt(): void {
    if (this.options.spec.interrupt_mode === "message") this.link?.ask("control", "interrupt_request");
    else this.process?.interrupt();
  }

  /** A page connects. */
  connect(socket: WebSocket, session: string): void {
    this.pages.add(socket, session);
  }

  private async launch(): Promise<void> {
    this.connection ??= await freeConnection();
    const connection = this.connection;
    const process = await KernelProcess.launch({ ...this.options, connection });
    this.process = process;
    const link = new KernelLink(connection, (message) => this.hear(message));
    this.link = link;
    void process.exited.then((how) => this.process === process && this.died(how));
    void link.ready().then(() => {
      if (this.link !== link) return;
      this.isReady = true;
      this.tell("idle");
      for (const send of this.held.splice(0)) send();
    });
  }

  /** Ends the process if there is one: politely, then by force. */
  private async stop(isRestart: boolean): Promise<void> {
    const { process, link } = this;
    this.process = null;
    if (process !== null) {
      link?.ask("control", "shutdown_request", { restart: isRestart });
      const timer = setTimeout(() => process.kill(), POLITE_MS);
      await process.exited;
      clearTimeout(timer);
    }
    this.disconnect();
  }

  private disconnect(): void {
    this.link?.close();
    this.link = null;
    this.isReady = false;
    this.held = [];
  }

  /** The process ended by itself: it is started anew, unless that has been in vain. */
  private died(how: string): void {
    this.options.onDeath(`the kernel ${this.name} (${this.id}) ended: ${how}`);
    if (!this.isReady) this.connection = null; // Somebody may have taken a port meanwhile.
    this.process = null;
    this.disconnect();
    const now = Date.now();
    this.deaths = [...this.deaths, now].filter((time) => time > now - DEATHS_WITHIN_MS);
    const isHopeless = this.deaths.length >= MAX_DEATHS;
    this.tell(isHopeless ? "dead" : "autorestarting");
    if (isHopeless) return;
    void this.inTurn(async () => {
      if (this.process === null && this.state === "autorestarting") await this.launch();
    }).catch((error: Error) => {
      this.options.onDeath(error.message);
      this.tell("dead");
    });
  }

  private request(channel: RequestChannel, message: ChannelMessage): void {
    this.lastActivity = new Date();
    if (this.state === "dead") return; // Nobody will answer; a restart begins with nothing.
    const send = () => this.link?.send(channel, message);
    if (this.isReady) send();
    else this.held.push(send);
  }

  private hear(message: ChannelMessage): void {
    this.lastActivity = new Date();
    const facts = factsOf(message);
    if (this.isReady && (facts.state === "idle" || facts.state === "busy")) this.state = facts.state;
    this.pages.send(message, facts);
  }

  /** Pages know "autorestarting" as "restarting", upon which they connect anew. */
  private tell(state: KernelState): void {
    this.state = state;
    if (state === "autorestarting") this.pages.forget();
    const message = statusMessage(state === "autorestarting" ? "restarting" : state);
    this.pages.send(message, factsOf(message));
  }

  private async whenReady(): Promise<void> {
    await new Promise<void>((resolve) => (this.isReady ? resolve() : this.held.push(resolve)));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.work.catch(() => undefined).then(work);
    this.work = turn;
    return turn;
  }
}
