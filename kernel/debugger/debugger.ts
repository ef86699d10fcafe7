/**
 * The kernel's debugger: `debug_request`s in, `debug_reply`s and `debug_event`s out. It listens on no port. Until the first
 * request it only remembers which cells ran.
 */

import type { CompiledCell } from "../compiler/cellCompiler.js";
import type { AsyncCompiler } from "../compiler/compilerClient.js";
import type { KernelLog } from "../host/kernelLog.js";
import type { Header, Json, Message } from "../wire/message.js";
import type { FromWatchdog, InspectorCall, RunRequest } from "../worker/protocol.js";
import type { Command } from "./dap.js";
import type { DebugSession } from "./debugSession.js";
import { Scripts } from "./scripts.js";

/** The parts of the host that the debugger needs. */
export interface DebuggerParts {
  readonly compiler: AsyncCompiler;
  /** Makes a call to the worker's inspector; its answer comes to `onInspector`. */
  readonly inspect: (call: InspectorCall) => void;
  /** Sends a `debug_event` on iopub. */
  readonly publish: (parent: Header | null, content: Json) => void;
  /** Ends the running cell. */
  readonly interrupt: () => void;
  readonly log: Pick<KernelLog, "warn">;
}

/** One debugger per kernel; it lives through restarts of the worker. */
export class Debugger {
  private readonly scripts = new Scripts();
  private loading: Promise<Readonly<Record<string, Command>>> | null = null;
  private session: DebugSession | null = null;
  /** The newest request: events go out on its behalf. */
  private parent: Header | null = null;
  private seq = 1;

  constructor(private readonly parts: DebuggerParts) {}

  /** Answers a `debug_request`; a command that fails or is not known gets `success: false` and a message. */
  async answer({ header, content }: Message): Promise<Json> {
    this.parent = header;
    const command = String(content.command);
    const response = { type: "response", request_seq: content.seq ?? 0, command };
    try {
      this.loading ??= this.load();
      const commands = await this.loading;
      const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
      if (run === undefined) throw new Error(`${command} is not a command of this debugger`);
      const body = await run((content.arguments ?? {}) as Json);
      return { ...response, seq: this.seq++, success: true, body };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { ...response, seq: this.seq++, success: false, message, body: {} };
    }
  }

  /** Called before a cell runs; a promise only where breakpoints are to be set in it. */
  prepare(cell: Pick<RunRequest, "cell" | "count" | "source">, compiled: CompiledCell): Promise<void> | null {
    const scripts = this.scripts.add(cell, compiled);
    return this.session?.isAttached ? this.session.breakpoints.prepare(scripts) : null;
  }

  /** Takes what the worker's inspector says. */
  onInspector(message: FromWatchdog): void {
    this.session?.inspector.receive(message);
  }

  /** The worker died: the debug session ends with it. */
  onWorkerDeath(): void {
    this.scripts.forget();
    const { session } = this;
    if (session === null) return;
    const { isStarted } = session;
    session.inspector.abandon();
    session.reset();
    if (isStarted) session.emit("terminated", {});
  }

  /** Removes the files of cells. */
  close(): void {
    this.scripts.close();
  }

  private async load(): Promise<Readonly<Record<string, Command>>> {
    const [{ DebugSession }, { InspectorClient }, { createCommands }] = await Promise.all([
      import("./debugSession.js"),
      import("./inspectorClient.js"),
      import("./commands.js"),
    ]);
    const { compiler, inspect, publish, interrupt, log } = this.parts;
    const inspector = new InspectorClient(inspect, (method, params) => {
      session.onInspectorEvent(method, params).catch((error: unknown) => log.warn(`debugger: ${String(error)}`));
    });
    const emit = (event: string, body: Json): void =>
      publish(this.parent, { type: "event", seq: this.seq++, event, body });
    const session = new DebugSession(inspector, this.scripts, compiler, emit);
    this.session = session;
    return createCommands(session, interrupt);
  }
}
