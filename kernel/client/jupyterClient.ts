/** A small Jupyter client: starts our kernel as its own process and talks to it over its real ZeroMQ sockets. */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Request, Subscriber } from "zeromq";
import { type ConnectionInfo, endpoint } from "../wire/connection.js";
import { createHeader, type Header, type Json, type Message, MessageCodec } from "../wire/message.js";
import { SendQueue } from "../wire/sendQueue.js";
import { freeConnection } from "./freeConnection.js";

/** Where and how the kernel process starts. */
export interface StartOptions {
  /** The kernel's working directory: where its cells resolve modules and relative paths. */
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long the kernel may take until it answers, default 30,000. */
  readonly timeoutMs?: number;
  /** Receives what the kernel process itself writes to stderr; dropped by default. */
  readonly onLog?: (text: string) => void;
  /** The command that runs a kernel; the connection file is appended. By default this build's `cli.js kernel`. */
  readonly command?: readonly string[];
  /** Replaces parts of the connection: another transport, curve keys, no key. */
  readonly connection?: Partial<ConnectionInfo>;
}

/** How a cell is executed, and who hears of its output. */
export interface ExecuteOptions {
  /** Called with every iopub message of this cell, in order, `status` included. */
  readonly onIopub?: (message: Message) => void;
  readonly silent?: boolean;
  readonly storeHistory?: boolean;
  readonly stopOnError?: boolean;
  readonly userExpressions?: Readonly<Record<string, string>>;
  /** The subshell that runs it; the main shell by default. */
  readonly subshellId?: string;
  /** Answers the questions of `input`. Without it the cell is told that nobody can be asked. */
  readonly onInput?: (prompt: string, password: boolean) => string | Promise<string>;
}

/** What travels beside the content of a message. */
export interface Attachments {
  readonly metadata?: Json;
  readonly buffers?: readonly Buffer[];
}

/** The reply to `execute_request`. */
export interface ExecuteReply {
  readonly status: "ok" | "error" | "aborted";
  readonly execution_count: number;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
  readonly user_expressions?: Json;
}

/** The channels that take requests. */
export type RequestChannel = "shell" | "control";

/** A running kernel. All promises reject when its process dies. */
export interface KernelClient {
  readonly connection: ConnectionInfo;
  /** When the process was started and when its first `kernel_info_reply` came, as `performance.now()` tells. */
  readonly started: { readonly spawned: number; readonly answered: number };
  /** The kernel's process id. */
  readonly pid: number;
  /** Runs a cell; resolves after both its reply and its `idle` have come. */
  execute(code: string, options?: ExecuteOptions): Promise<ExecuteReply>;
  /** Sends any request and resolves with its whole reply, after `idle`. */
  request(channel: RequestChannel, msgType: string, content?: Json, onIopub?: (m: Message) => void): Promise<Message>;
  /** Sends `comm_open`, `comm_msg` or `comm_close`, which have no reply; resolves after `idle`. */
  comm(msgType: string, content: Json, beside?: Attachments, onIopub?: (message: Message) => void): Promise<void>;
  /** Calls `listener` with every iopub message, also those that no request of this client caused. */
  onIopub(listener: (message: Message) => void): void;
  /** Interrupts what is running (message mode). */
  interrupt(): Promise<void>;
  /** Milliseconds that an echo on the heartbeat socket takes. Throws after `timeoutMs` (default 1,000). */
  heartbeat(timeoutMs?: number): Promise<number>;
  /** Ends the kernel politely, and by force after 5 s. */
  shutdown(): Promise<void>;
  /** Resolves with the exit code (null after a signal) when the process ends. */
  readonly exited: Promise<number | null>;
}

/** Connections are tried before the kernel listens; ZeroMQ's own 100 ms between tries would be waited for. */
const SOCKET_OPTIONS = { linger: 0, reconnectInterval: 10 } as const;

interface Pending {
  readonly onIopub: (message: Message) => void;
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: Error) => void;
  /** False for comm messages: `idle` stands for their reply. */
  readonly isAnswered: boolean;
  reply: Message | null;
  idle: boolean;
  readonly onInput: ExecuteOptions["onInput"];
}

/**
 * Starts a kernel on loopback TCP with free ports and a random key, and waits until it answers.
 *
 * @throws Error  when the kernel exits, or does not answer in time
 */
export async function startKernel(options: StartOptions): Promise<KernelClient> {
  const connection = { ...(await freeConnection()), ...options.connection };
  const directory = await mkdtemp(join(tmpdir(), "sptlab-kernel-"));
  const file = join(directory, "connection.json");
  await writeFile(file, JSON.stringify(connection), { mode: 0o600 });
  const command = options.command ?? [process.execPath, fileURLToPath(new URL("../cli.js", import.meta.url)), "kernel"];
  const [program = process.execPath, ...args] = command;
  const spawned = performance.now();
  const child = spawn(program, [...args, file], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true, // a group of its own: Ctrl-C in a terminal is for the client, which sends one interrupt
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => options.onLog?.(text));
  const cleanUp = () => rmSync(directory, { recursive: true, force: true }); // at once: this process may end next
  const client = new SocketClient(connection, child, spawned, cleanUp);
  try {
    await client.ready(options.timeoutMs ?? 30_000);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return client;
}

class SocketClient implements KernelClient {
  readonly exited: Promise<number | null>;
  readonly started: { readonly spawned: number; answered: number };
  private readonly session = randomUUID();
  private readonly codec: MessageCodec;
  /** The kernel finds the stdin socket of a request's sender by the identity that both share. */
  private readonly sockets = {
    shell: new Dealer({ ...SOCKET_OPTIONS, routingId: this.session }),
    control: new Dealer({ ...SOCKET_OPTIONS, routingId: this.session }),
    stdin: new Dealer({ ...SOCKET_OPTIONS, routingId: this.session }),
  };
  private readonly iopub = new Subscriber({ ...SOCKET_OPTIONS, receiveHighWaterMark: 0 });
  private readonly queues: Record<RequestChannel | "stdin", SendQueue>;
  private readonly listeners: ((message: Message) => void)[] = [];
  private readonly pending = new Map<string, Pending>();
  private iopubSeen: () => void = () => undefined;
  private dead: Error | null = null;

  constructor(
    readonly connection: ConnectionInfo,
    private readonly child: ChildProcess,
    spawned: number,
    cleanUp: () => void,
  ) {
    this.started = { spawned, answered: Number.NaN };
    this.codec = new MessageCodec(connection.key, connection.signature_scheme);
    for (const socket of [...Object.values(this.sockets), this.iopub]) encrypt(socket, connection);
    const ignore = () => undefined;
    this.queues = {
      shell: new SendQueue(this.sockets.shell, ignore),
      control: new SendQueue(this.sockets.control, ignore),
      stdin: new SendQueue(this.sockets.stdin, ignore),
    };
    this.sockets.shell.connect(endpoint(connection, "shell"));
    this.sockets.control.connect(endpoint(connection, "control"));
    this.sockets.stdin.connect(endpoint(connection, "stdin"));
    this.iopub.connect(endpoint(connection, "iopub"));
    this.iopub.subscribe();
    void this.receive(this.sockets.shell, (message) => this.onReply(message));
    void this.receive(this.sockets.control, (message) => this.onReply(message));
    void this.receive(this.sockets.stdin, (message) => void this.onQuestion(message));
    void this.receive(this.iopub, (message) => this.onPublished(message));
    this.exited = new Promise((resolve) => {
      child.once("error", (error) => this.close(error, cleanUp));
      child.once("exit", (code, signal) => {
        this.close(new Error(`the kernel process ended (${signal ?? `exit code ${code}`})`), cleanUp);
        resolve(code);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Waits until the shell answers and iopub is heard: a late subscriber would miss the first cell's output. */
  async ready(timeoutMs: number): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.iopubSeen = resolve;
    });
    const answered = this.send("shell", "kernel_info_request", {}, { waitIdle: false });
    await within(answered, timeoutMs, "the kernel did not answer kernel_info_request");
    this.started.answered = performance.now();
    const nudge = setInterval(() => {
      this.send("shell", "kernel_info_request", {}, { waitIdle: false }).catch(() => undefined);
    }, 100);
    try {
      await within(heard, timeoutMs, "the kernel's iopub channel stayed silent");
    } finally {
      clearInterval(nudge);
    }
  }

  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteReply> {
    const silent = options.silent ?? false;
    const content = {
      code,
      silent,
      store_history: options.storeHistory ?? !silent,
      user_expressions: options.userExpressions ?? {},
      allow_stdin: options.onInput !== undefined,
      stop_on_error: options.stopOnError ?? true,
    };
    const { onIopub, onInput, subshellId } = options;
    const how = { waitIdle: true, onIopub, onInput, subshellId };
    const reply = await this.send("shell", "execute_request", content, how);
    return reply.content as unknown as ExecuteReply;
  }

  async comm(
    msgType: string,
    content: Json,
    beside: Attachments = {},
    onIopub?: (message: Message) => void,
  ): Promise<void> {
    await this.send("shell", msgType, content, { waitIdle: true, isAnswered: false, beside, onIopub });
  }

  onIopub(listener: (message: Message) => void): void {
    this.listeners.push(listener);
  }

  request(
    channel: RequestChannel,
    msgType: string,
    content: Json = {},
    onIopub: (message: Message) => void = () => undefined,
  ): Promise<Message> {
    return this.send(channel, msgType, content, { waitIdle: true, onIopub });
  }

  async interrupt(): Promise<void> {
    await this.request("control", "interrupt_request");
  }

  async heartbeat(timeoutMs = 1_000): Promise<number> {
    if (this.dead !== null) throw this.dead;
    const socket = new Request({ linger: 0, receiveTimeout: timeoutMs });
    try {
      encrypt(socket, this.connection);
      socket.connect(endpoint(this.connection, "hb"));
      const start = performance.now();
      await socket.send("ping");
      await socket.receive();
      return performance.now() - start;
    } finally {
      socket.close();
    }
  }

  async shutdown(): Promise<void> {
    if (this.dead !== null) return;
    const force = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    await this.send("control", "shutdown_request", { restart: false }, { waitIdle: false }).catch(() => undefined);
    await this.exited;
    clearTimeout(force);
  }

  private send(
    channel: RequestChannel,
    msgType: string,
    content: Json,
    how: {
      readonly waitIdle: boolean;
      readonly isAnswered?: boolean;
      readonly beside?: Attachments;
      readonly onIopub?: ((message: Message) => void) | undefined;
      readonly onInput?: ExecuteOptions["onInput"];
      readonly subshellId?: string | undefined;
    },
  ): Promise<Message> {
    if (this.dead !== null) return Promise.reject(this.dead);
    const { waitIdle, isAnswered = true, beside, onIopub = () => undefined, onInput, subshellId } = how;
    const header: Header = { ...createHeader(msgType, this.session), ...(subshellId && { subshell_id: subshellId }) };
    return new Promise((resolve, reject) => {
      const handlers = { onIopub, onInput, resolve, reject };
      this.pending.set(header.msg_id, { ...handlers, isAnswered, reply: null, idle: !waitIdle });
      const { metadata = {}, buffers = [] } = beside ?? {};
      void this.queues[channel].send(
        this.codec.encode({ identities: [], header, parent: {}, metadata, content, buffers }),
      );
    });
  }

  /** Answers a question of a cell. Should the answer fail, the cell goes on waiting until it is interrupted. */
  private async onQuestion(message: Message): Promise<void> {
    const onInput = this.pending.get(message.parent.msg_id ?? "")?.onInput;
    if (message.header.msg_type !== "input_request" || onInput === undefined) return;
    const value = await onInput(String(message.content.prompt), message.content.password === true);
    const header = createHeader("input_reply", this.session);
    const reply = { identities: [], header, parent: message.header, metadata: {}, content: { value }, buffers: [] };
    await this.queues.stdin.send(this.codec.encode(reply));
  }

  private async receive(socket: Dealer | Subscriber, handle: (message: Message) => void): Promise<void> {
    for await (const frames of socket) {
      let message: Message;
      try {
        message = this.codec.decode(frames);
      } catch {
        continue; // Not from our kernel: the key does not fit.
      }
      handle(message);
    }
  }

  private onReply(message: Message): void {
    const pending = this.pending.get(message.parent.msg_id ?? "");
    if (pending === undefined) return;
    pending.reply = message;
    this.settle(message.parent.msg_id ?? "", pending);
  }

  private onPublished(message: Message): void {
    this.iopubSeen();
    for (const listener of this.listeners) listener(message);
    const id = message.parent.msg_id ?? "";
    const pending = this.pending.get(id);
    if (pending === undefined) return;
    try {
      pending.onIopub(message);
    } catch (error) {
      this.pending.delete(id);
      pending.reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (message.header.msg_type === "status" && message.content.execution_state === "idle") {
      pending.idle = true;
      if (!pending.isAnswered) pending.reply = message;
    }
    this.settle(id, pending);
  }

  private settle(id: string, pending: Pending): void {
    if (pending.reply === null || !pending.idle) return;
    this.pending.delete(id);
    pending.resolve(pending.reply);
  }

  private close(error: Error, cleanUp: () => void): void {
    if (this.dead !== null) return;
    this.dead = error;
    for (const pending of this.pending.values()) pending.reject(error);
    this.pending.clear();
    for (const socket of [...Object.values(this.sockets), this.iopub]) socket.close();
    cleanUp();
  }
}

async function within<T>(promise: Promise<T>, timeoutMs: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** With curve keys, clients use the pair that the kernel uses. */
function encrypt(socket: Dealer | Subscriber | Request, { curve_publickey, curve_secretkey }: ConnectionInfo): void {
  if (!curve_publickey || !curve_secretkey) return;
  socket.curveServerKey = curve_publickey;
  socket.curvePublicKey = curve_publickey;
  socket.curveSecretKey = curve_secretkey;
}
