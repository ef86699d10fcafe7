/** What the host and the worker say to each other over the IPC channel. */

import type { SideModule } from "../compiler/cellCompiler.js";
import type { Json } from "../wire/message.js";
import type { MimeBundle } from "./mimeBundle.js";

/** What happens to a comm: the kinds of comm messages, without their prefix. */
export type CommEvent = "open" | "msg" | "close";

/** Runs one compiled cell. */
export interface RunRequest {
  readonly type: "run";
  /** Unique within the session; outputs and the outcome name it. */
  readonly cell: number;
  /** The number that the user sees in brackets. */
  readonly count: number;
  readonly code: string;
  readonly source: string;
  readonly sourceMap: string;
  readonly mapLineOffset: number;
  readonly uses: readonly string[];
  readonly sideModules: readonly SideModule[];
  /** Whether the client can ask its user (`input`). */
  readonly allowStdin: boolean;
}

/** Ends cells, and comm messages under way. It may come twice for the same cell; the second changes nothing. */
export interface InterruptRequest {
  readonly type: "interrupt";
  readonly cells: readonly number[];
  /** The interrupt's number, also sent to the watchdog; it grows. */
  readonly sequence: number;
}

/** A comm message, from the client to its handlers here or the other way. */
export interface CommMessage {
  readonly type: "comm";
  /** The cell that sent it; for one of the client, a number below zero by which its handlers' outputs name it. */
  readonly cell: number;
  readonly event: CommEvent;
  readonly commId: string;
  /** The target's name; only an `open` needs it. */
  readonly target: string;
  readonly data: unknown;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

/** What the user answered to the question of this number. */
export interface InputAnswer {
  readonly type: "input";
  readonly question: number;
  readonly value: string;
}

/** Host to worker. */
export type ToWorker = RunRequest | InterruptRequest | CommMessage | InputAnswer;

/** An exception as the protocol shows it. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** How a cell ended. */
export type Outcome =
  | { readonly status: "ok"; readonly result: { readonly data: MimeBundle; readonly metadata: MimeBundle } | null }
  | ({ readonly status: "error" } & CellError);

/** What a cell shows while it runs. `cell` is the cell that caused it, also from a timer after its end. */
export type WorkerOutput =
  | { readonly type: "stream"; readonly cell: number; readonly name: "stdout" | "stderr"; readonly text: string }
  | {
      readonly type: "display";
      readonly cell: number;
      readonly data: MimeBundle;
      readonly metadata: MimeBundle;
      readonly displayId: string | null;
      readonly update: boolean;
    }
  | { readonly type: "clear"; readonly cell: number; readonly wait: boolean };

/** A question to the user of the client that runs `cell`. */
export interface InputQuestion {
  readonly type: "input";
  readonly cell: number;
  /** Its answer names it. */
  readonly question: number;
  readonly prompt: string;
  readonly password: boolean;
}

/** The handlers of a client's comm message have ended. */
export interface CommHandled {
  readonly type: "handled";
  readonly cell: number;
}

/** The cell has ended. `dead`: names that it declares but never initialised. */
export interface Done {
  readonly type: "done";
  readonly cell: number;
  readonly outcome: Outcome;
  readonly dead: readonly string[];
  /** Written to fd 1 and 2 before this message: what comes before it there belongs to the cell. */
  readonly sentinel: string;
  /** The working directory by then. */
  readonly directory: string;
}

/** Worker to host. `exit`: user code ends the process, which is killed right after. */
export type FromWorker =
  | { readonly type: "exit"; readonly code: number }
  | WorkerOutput
  | CommMessage
  | CommHandled
  | InputQuestion
  | Done;

/** The worker's file descriptor on which it tells the host. */
export const OUTPUT_FD = 6;

/** One call to the inspector of the main thread (Chrome DevTools Protocol). */
export interface InspectorCall {
  readonly id: number;
  readonly method: string;
  readonly params: object;
}

/** Host to watchdog, one line of JSON each. */
export type ToWatchdog = { readonly interrupt: number } | InspectorCall;

/** Watchdog to host, one line of JSON each: the answer to a call, or an event. */
export type FromWatchdog =
  | { readonly id: number; readonly result: object }
  | { readonly id: number; readonly error: string }
  | { readonly method: string; readonly params: object };

/** The worker's file descriptor on which the watchdog hears of interrupts and of calls to the inspector. */
export const WATCHDOG_FD = 4;

/** The worker's file descriptor on which the watchdog passes on what the inspector says. */
export const INSPECTOR_FD = 5;

/** The registered symbol (`Symbol.for`) of the global under which the debugger finds its `DebugView`. */
export const DEBUG_VIEW_KEY = "sptlab.debug";

/** The file name under which a cell runs, in its working directory. */
export function cellFileName(cell: number): string {
  return `cell-${cell}.ts`;
}

/** The cell that runs under a path or URL; null when it is not a cell's. */
export function cellOfFile(file: string): number | null {
  const digits = /(?:^|[\\/])cell-(\d+)\.ts$/.exec(file)?.[1];
  return digits === undefined ? null : Number(digits);
}
