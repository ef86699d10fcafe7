/** What the host and the worker say to each other over the IPC channel. */

import type { SideModule } from "../compiler/cellCompiler.js";
import type { MimeBundle } from "./mimeBundle.js";

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
}

/** Ends cells. It may come twice for the same cell; the second changes nothing. */
export interface InterruptRequest {
  readonly type: "interrupt";
  readonly cells: readonly number[];
  /** The interrupt's number, also sent to the watchdog; it grows. */
  readonly sequence: number;
}

/** Host to worker. */
export type ToWorker = RunRequest | InterruptRequest;

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

/** The cell has ended. `dead`: names that it declares but never initialised. */
export interface Done {
  readonly type: "done";
  readonly cell: number;
  readonly outcome: Outcome;
  readonly dead: readonly string[];
  /** Written to fd 1 and 2 before this message: what comes before it there belongs to the cell. */
  readonly sentinel: string;
}

/** Worker to host. `exit`: user code ends the process, which is killed right after. */
export type FromWorker = { readonly type: "exit"; readonly code: number } | WorkerOutput | Done;

/** The worker's file descriptor on which the watchdog hears of interrupts. */
export const WATCHDOG_FD = 4;
