/** One debug session: from a client's `initialize` to its `disconnect` or the worker's end. */

import type { Debugger, Runtime } from "node:inspector";
import type { AsyncCompiler } from "../compiler/compilerClient.js";
import type { Json } from "../wire/message.js";
import { cellOfFile } from "../worker/protocol.js";
import { Breakpoints } from "./breakpoints.js";
import { THREAD_ID, type Variable } from "./dap.js";
import { sessionExpression } from "./expressions.js";
import { FOREIGN_SCRIPTS, type Frame, FrameReader, STACK_EXPRESSION } from "./frames.js";
import { type InspectorClient, WorkerEndedError } from "./inspectorClient.js";
import type { Scripts } from "./scripts.js";
import { type ExceptionFilter, isCaught, isException, type Stop, stopReason, wayOn } from "./stop.js";
import { type Lifetime, Variables } from "./variables.js";

/** How often running code is asked to stop until it does. */
const PAUSE_AGAIN_MS = 100;

/** What an evaluation gives. */
export type Evaluated = Debugger.EvaluateOnCallFrameReturnType;

/** The state of the debugger, and what moves it. */
export class DebugSession {
  readonly breakpoints: Breakpoints;
  readonly variables: Variables;
  /** A client has said `initialize`. */
  isStarted = false;
  /** The inspector's debugger is on. */
  isAttached = false;
  stop: Stop | null = null;
  private readonly frames: FrameReader;
  private exceptions: ExceptionFilter = "none";
  private asked: "step" | "pause" | null = null;
  /** Counts pauses and their ends: what was found out about one may come when it is over. */
  private serial = 0;

  /**
   * @param inspector  of the worker
   * @param emit       sends a DAP event to the clients
   */
  constructor(
    readonly inspector: InspectorClient,
    readonly scripts: Scripts,
    readonly compiler: AsyncCompiler,
    readonly emit: (event: string, body: Json) => void,
  ) {
    this.breakpoints = new Breakpoints(inspector, scripts, compiler);
    this.variables = new Variables(inspector);
    this.frames = new FrameReader(scripts);
  }

  /** Switches the debugger on. */
  async attach(): Promise<void> {
    await this.inspector.call("Debugger.enable");
    await this.inspector.call("Debugger.setBlackboxPatterns", { patterns: FOREIGN_SCRIPTS });
    this.isAttached = true;
    this.emit("initialized", {});
  }

  /** Switches the debugger off; stopped code goes on. */
  async detach(): Promise<void> {
    const wasAttached = this.isAttached;
    this.reset();
    if (wasAttached) await this.inspector.call("Debugger.disable");
  }

  /** Forgets everything: the debugger is off, or its process is gone. */
  reset(): void {
    this.isStarted = false;
    this.isAttached = false;
    this.exceptions = "none";
    this.asked = null;
    this.endStop();
    this.variables.forget("session");
    this.breakpoints.clear();
    this.frames.forgetScripts();
  }

  async stopOnExceptions(filter: ExceptionFilter): Promise<void> {
    this.exceptions = filter;
    await this.inspector.call("Debugger.setPauseOnExceptions", { state: filter === "none" ? "none" : "all" });
  }

  /** Lets stopped code go on by a method of the inspector, or asks running code to stop. */
  async move(method: "resume" | "stepOver" | "stepInto" | "stepOut" | "pause"): Promise<void> {
    if (method !== "pause" && this.stop === null) throw new Error("the code is not stopped");
    this.asked = method === "resume" ? null : method === "pause" ? "pause" : "step";
    if (method === "pause") return this.keepAsking();
    await this.inspector.call(`Debugger.${method}`).catch(unlessWorkerEnded);
  }

  /** Takes an event of the inspector: a script, a pause or its end. */
  async onInspectorEvent(method: string, params: object): Promise<void> {
    if (method === "Debugger.scriptParsed") {
      return this.onScript(params as Debugger.ScriptParsedEventDataType);
    }
    if (!this.isAttached) return;
    if (method === "Debugger.paused") return this.onPaused(params as Debugger.PausedEventDataType);
    this.serial++;
    const wasStopped = this.stop !== null;
    this.endStop();
    if (wasStopped) this.emit("continued", { threadId: THREAD_ID, allThreadsContinued: true });
  }

  /** The frame with this id. Throws when there is none. */
  frame(id: unknown): Frame {
    const frame = this.stop?.frames.find(({ shown }) => shown.id === id);
    if (frame === undefined)
      throw new Error(`frame ${String(id)} is not known (any more); ask for the stackTrace again`);
    return frame;
  }

  /**
   * Evaluates an expression of the user, in a frame or (null) in the session.
   *
   * @throws Error  with the message of what the expression threw
   */
  async evaluate(expression: string, frameId: number | null, options: object = {}): Promise<Evaluated> {
    const result = await this.evaluateRaw(sessionExpression(expression), frameId, options);
    if (result.exceptionDetails === undefined) return result;
    const { exception, text } = result.exceptionDetails;
    throw new Error(
      exception?.description?.split("\n", 1)[0] ?? (exception === undefined ? text : String(exception.value)),
    );
  }

  /** A value that an expression gave, to be looked into. */
  valueOf(name: string, value: Runtime.RemoteObject, expression: string, frameId: number | null): Variable {
    return this.variables.variable(name, value, expression, {
      expression,
      frameId,
      lifetime: lifetimeOf(frameId),
      length: null,
    });
  }

  private evaluateRaw(expression: string, frameId: number | null, options: object): Promise<Evaluated> {
    const params = {
      expression,
      objectGroup: lifetimeOf(frameId),
      generatePreview: true,
      silent: true,
      ...options,
    };
    if (frameId === null) return this.inspector.call<Evaluated>("Runtime.evaluate", params);
    const { callFrame } = this.frame(frameId);
    if (callFrame === null) throw new Error("the function waits for another one; its variables cannot be read now");
    return this.inspector.call<Evaluated>("Debugger.evaluateOnCallFrame", {
      ...params,
      callFrameId: callFrame.callFrameId,
    });
  }

  /** V8 forgets a pause that was asked for while only the kernel's code ran, and one may hit that code. */
  private async keepAsking(): Promise<void> {
    if (!this.isAttached || this.asked !== "pause" || this.stop !== null) return;
    await this.inspector.call("Debugger.pause").catch(unlessWorkerEnded);
    setTimeout(() => void this.keepAsking(), PAUSE_AGAIN_MS).unref();
  }

  /** The line before a cell holds accessors of its variables, which no step shall enter. */
  private async onScript({ scriptId, url }: Debugger.ScriptParsedEventDataType): Promise<void> {
    this.frames.addScript(scriptId, url);
    if (cellOfFile(url) === null) return;
    const positions = [0, 1].map((lineNumber) => ({ lineNumber, columnNumber: 0 }));
    await this.inspector.call("Debugger.setBlackboxedRanges", { scriptId, positions });
  }

  private async onPaused(event: Debugger.PausedEventDataType): Promise<void> {
    const serial = ++this.serial;
    const onStack = this.frames.fromCallFrames(event.callFrames);
    const frames = [...onStack, ...(await this.waitingFrames(event))];
    const on = wayOn(event, onStack, this.asked) ?? (await this.ignored(event, frames));
    if (serial !== this.serial) return;
    if (on !== null) {
      if (on === "Debugger.resume" && this.asked === "step") this.asked = null;
      await this.inspector.call(on);
      return;
    }
    this.stop = { event, frames };
    this.emit("stopped", {
      reason: stopReason(event, this.asked),
      threadId: THREAD_ID,
      allThreadsStopped: true,
      preserveFocusHint: false,
    });
  }

  private async ignored(
    event: Debugger.PausedEventDataType,
    frames: readonly Frame[],
  ): Promise<"Debugger.resume" | null> {
    if (!isException(event) || this.exceptions === "all") return null;
    return (await isCaught(this.compiler, this.scripts, event, frames)) ? "Debugger.resume" : null;
  }

  /** V8 knows the functions that wait for the stopped one, without the async hooks that the inspector would switch on. */
  private async waitingFrames({ callFrames }: Debugger.PausedEventDataType): Promise<Frame[]> {
    const [top] = callFrames;
    if (top === undefined) return [];
    const { callFrameId } = top;
    const params = { callFrameId, expression: STACK_EXPRESSION, silent: true, returnByValue: true };
    const { result } = await this.inspector.call<Evaluated>("Debugger.evaluateOnCallFrame", params);
    return typeof result.value === "string" ? this.frames.fromStackText(result.value) : [];
  }

  private endStop(): void {
    this.stop = null;
    this.variables.forget("stop");
  }
}

/** What the code did next may have ended its process: then it went on as it was told. */
function unlessWorkerEnded(error: unknown): void {
  if (!(error instanceof WorkerEndedError)) throw error;
}

/** Values in a frame are good while it stands still. */
export function lifetimeOf(frameId: number | null): Lifetime {
  return frameId === null ? "session" : "stop";
}
