/** Drives a kernel through Debian's jupyter_client: a process that runs `driver.py` and is told what to do line by line. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Header, Json } from "../../../kernel/wire/message.js";
import { temporaryFolder } from "../../temporaryFolder.js";
import { Exchange } from "./exchange.js";

/** Debian's Python: the one that `python3-jupyter-client` is installed for. */
export const PYTHON = "/usr/bin/python3";

/** Channels on which messages come. */
export type Channel = "shell" | "iopub" | "control" | "stdin";

/** A message that came, verified and decoded by jupyter_client. */
export interface Received {
  readonly channel: Channel;
  /** When it came, in milliseconds of the driver's clock. */
  readonly at: number;
  /** Routing frames: the topic on iopub. */
  readonly topic: string;
  readonly type: string;
  readonly header: Header;
  readonly parent: Partial<Header>;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Buffer[];
}

/** What goes with a message that is sent. */
export interface SendOptions {
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
  readonly parent?: Partial<Header>;
  /** Added to the message's header. */
  readonly header?: Json;
}

/** Where a kernel runs, and how it is reached. */
export interface KernelOptions {
  /** Added to the kernel's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The key that signs messages; by default a random one. */
  readonly key?: string;
  /** Options of jupyter_client's KernelManager, such as `transport`. */
  readonly manager?: Json;
  /** The kernel's working directory; by default a new one. */
  readonly cwd?: string;
}

/** Fields of `execute_request`, as it names them. */
export interface ExecuteFields {
  readonly silent?: boolean;
  readonly store_history?: boolean;
  readonly user_expressions?: Readonly<Record<string, string>>;
  readonly allow_stdin?: boolean;
  readonly stop_on_error?: boolean;
}

/** A request that was sent: its id, and when it left by the driver's clock. */
export interface Sent {
  readonly msg_id: string;
  readonly at: number;
}

/** How long an answer may take before the wait is called a hang. */
const HANG_MS = 60_000;

interface Waiter {
  readonly check: () => boolean;
  readonly fail: (error: Error) => void;
}

/** One client process with its kernel. */
export class JupyterDriver {
  /** Everything that came, oldest first. */
  readonly messages: Received[] = [];
  /** The kernel's process, and its connection file with its content. */
  kernel: { readonly pid: number; readonly file: string; readonly connection: Json } = {
    pid: 0,
    file: "",
    connection: {},
  };
  /** The kernel's working directory. */
  cwd = "";
  private readonly answers = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private readonly waiters = new Set<Waiter>();
  private nextId = 1;

  private constructor(private readonly process: ChildProcess) {
    if (process.stdout === null) throw new Error("the driver was started without stdout");
    createInterface({ input: process.stdout }).on("line", (line) => this.onLine(JSON.parse(line)));
    let complaint = "";
    process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    process.once("exit", () => {
      const error = new Error(`the driver ended ${complaint.trim()}`);
      for (const answer of this.answers.values()) answer.reject(error);
      for (const waiter of this.waiters) waiter.fail(error);
    });
  }

  /** Starts the kernel of the kernelspec `sptlab` that lies in `jupyterPath`, and waits until it is ready. */
  static async start(jupyterPath: string, options: KernelOptions = {}): Promise<JupyterDriver> {
    const driver = JupyterDriver.spawn(jupyterPath);
    driver.cwd = options.cwd ?? temporaryFolder("sptlab-conformance-");
    const { env = {}, key = null, manager: managerOptions = {} } = options;
    driver.kernel = await driver.call("start", {
      kernel_name: "sptlab",
      cwd: driver.cwd,
      log: driver.logFile,
      env: { SPTLAB_DEVICE: "cpu", SPTLAB_HISTORY: join(driver.cwd, "history.jsonl"), ...env },
      key,
      options: managerOptions,
    });
    await driver.ready();
    return driver;
  }

  /** A second client of a running kernel; it is ready when the kernel has welcomed it on iopub. */
  static async connect(jupyterPath: string, connectionFile: string): Promise<JupyterDriver> {
    const driver = JupyterDriver.spawn(jupyterPath);
    driver.kernel = await driver.call("connect", { file: connectionFile });
    await driver.waitFor(({ type }) => type === "iopub_welcome", "a welcome");
    return driver;
  }

  private static spawn(jupyterPath: string): JupyterDriver {
    const script = join(process.cwd(), "test/kernel/conformance/driver.py");
    const env = { ...process.env, JUPYTER_PATH: jupyterPath };
    return new JupyterDriver(spawn(PYTHON, ["-W", "ignore", script], { env, stdio: ["pipe", "pipe", "pipe"] }));
  }

  /** Where the kernel process writes its own complaints. */
  get logFile(): string {
    return join(this.cwd, "kernel.log");
  }

  /** The client's process. */
  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Calls a method of driver.py. */
  call<T>(op: string, fields: Json = {}): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.answers.set(id, { resolve: resolve as (value: never) => void, reject });
      this.process.stdin?.write(`${JSON.stringify({ id, op, ...fields })}\n`);
    });
  }

  /** jupyter_client's own idea of a kernel that is ready; what came until then is not recorded. */
  ready(): Promise<void> {
    return this.call("ready", { timeout_s: HANG_MS / 1000 });
  }

  /** Sends a message and waits for nothing. */
  send(channel: Channel, msgType: string, content: Json, options: SendOptions = {}): Promise<Sent> {
    const buffers = options.buffers?.map((buffer) => Buffer.from(buffer).toString("base64"));
    return this.call("send", { channel, msg_type: msgType, content, ...options, ...(buffers && { buffers }) });
  }

  /** Sends a request and waits for its reply and its `idle`. */
  async request(channel: Channel, msgType: string, content: Json = {}, options: SendOptions = {}): Promise<Exchange> {
    return this.exchange(await this.send(channel, msgType, content, options));
  }

  /** Sends a cell and waits for nothing. */
  sendCell(code: string, fields: ExecuteFields = {}, options: SendOptions = {}): Promise<Sent> {
    return this.send("shell", "execute_request", cellContent(code, fields), options);
  }

  /** Runs a cell to its reply and its `idle`. */
  async execute(code: string, fields: ExecuteFields = {}, options: SendOptions = {}): Promise<Exchange> {
    return this.exchange(await this.sendCell(code, fields, options));
  }

  /** Waits for the reply and the `idle` of what was sent. */
  async exchange(sent: Sent): Promise<Exchange> {
    const { msg_id } = sent;
    await Promise.all([
      this.waitFor((m) => m.parent.msg_id === msg_id && m.channel !== "iopub" && m.channel !== "stdin", "the reply"),
      this.waitFor((m) => m.parent.msg_id === msg_id && m.content.execution_state === "idle", "idle"),
    ]);
    return new Exchange(
      sent,
      this.messages.filter(({ parent }) => parent.msg_id === msg_id),
    );
  }

  /**
   * The first message that fits, from those that came already and those to come.
   *
   * @throws Error  when none came in time; the message says what did
   */
  waitFor(fits: (message: Received) => boolean, what: string, timeoutMs = HANG_MS): Promise<Received> {
    let seen = 0;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        check: () => {
          for (; seen < this.messages.length; seen++) {
            const message = this.messages[seen];
            if (message === undefined || !fits(message)) continue;
            settle(() => resolve(message));
            return true;
          }
          return false;
        },
        fail: (error) => settle(() => reject(error)),
      };
      const timer = setTimeout(() => {
        const came = this.messages.slice(-12).map(({ channel, type }) => `${channel}:${type}`);
        waiter.fail(new Error(`expected ${what} within ${timeoutMs} ms; the last to come were ${came.join(", ")}`));
      }, timeoutMs);
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        end();
      };
      if (!waiter.check()) this.waiters.add(waiter);
    });
  }

  /** Waits until a cell has printed `text` to stdout. */
  async printed(sent: Sent, text: string): Promise<void> {
    await this.waitFor(
      ({ parent, type, content }) =>
        parent.msg_id === sent.msg_id && type === "stream" && String(content.text).includes(text),
      `the text "${text}"`,
    );
  }

  /** Forgets what came, so that long runs stay small. */
  forget(): void {
    this.messages.length = 0;
  }

  /** Ends the client as a crash would: no goodbye to the kernel. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
  }

  /** Ends the client and the kernel that it started. */
  async close(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.stdin?.end();
    await ended;
  }

  private onLine(line: Json): void {
    if (typeof line.id === "number") {
      const answer = this.answers.get(line.id);
      this.answers.delete(line.id);
      if (typeof line.error === "string") answer?.reject(new Error(line.error));
      else answer?.resolve(line.value as never);
      return;
    }
    const message = line.message as Omit<Received, "buffers" | "channel"> & { buffers: string[] };
    const buffers = message.buffers.map((buffer) => Buffer.from(buffer, "base64"));
    this.messages.push({ ...message, buffers, channel: line.channel as Channel });
    for (const waiter of [...this.waiters]) waiter.check();
  }
}

/** The content of an `execute_request` with the defaults that Jupyter's own clients send. */
export function cellContent(code: string, fields: ExecuteFields = {}): Json {
  const defaults = {
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  };
  return { code, ...defaults, ...fields };
}
