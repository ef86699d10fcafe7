/** Why and where the code stands still. */

import type { Debugger, Runtime } from "node:inspector";
import type { AsyncCompiler } from "../compiler/compilerClient.js";
import type { Frame } from "./frames.js";
import type { Scripts } from "./scripts.js";

/** Code that stands still, by the client's wish. */
export interface Stop {
  readonly event: Debugger.PausedEventDataType;
  /** From the innermost; the functions that wait for them come last. */
  readonly frames: readonly Frame[];
}

/** Which thrown values stop the code. */
export type ExceptionFilter = "none" | "uncaught" | "all";

/** What the client is told as the reason. `asked`: how it last let the code go on. */
export function stopReason(event: Debugger.PausedEventDataType, asked: "step" | "pause" | null): string {
  if (isException(event)) return "exception";
  if ((event.hitBreakpoints ?? []).length > 0) return "breakpoint";
  return asked ?? "breakpoint"; // A `debugger` statement.
}

/** Whether a thrown value or a rejection stopped the code. */
export function isException({ reason }: Debugger.PausedEventDataType): boolean {
  return reason === "exception" || reason === "promiseRejection";
}

/** The thrown value. */
export function thrownValue(event: Debugger.PausedEventDataType): Runtime.RemoteObject {
  return (event.data ?? { type: "undefined" }) as Runtime.RemoteObject;
}

/**
 * The inspector's method that leads on from where there is nothing to show; null where there is. A step may end in the lines
 * that the compiler put around a cell: those before it are stepped over, and behind its end there is nothing to step through.
 */
export function wayOn(
  event: Debugger.PausedEventDataType,
  frames: readonly Frame[],
  asked: "step" | "pause" | null,
): "Debugger.stepOver" | "Debugger.resume" | null {
  const [top] = event.callFrames;
  if (frames.length > 0 && (isException(event) || frames[0]?.callFrame === top)) return null;
  const isBefore = asked === "step" && !isException(event) && top?.location.lineNumber === 0;
  return isBefore ? "Debugger.stepOver" : "Debugger.resume";
}

/**
 * Whether the user's code catches what was thrown. The kernel itself catches everything that leaves a cell, so V8's word
 * counts only when it says that nobody does. A `.catch(…)` on a promise is not seen.
 */
export async function isCaught(
  compiler: AsyncCompiler,
  scripts: Scripts,
  event: Debugger.PausedEventDataType,
  frames: readonly Frame[],
): Promise<boolean> {
  if ((event.data as { uncaught?: boolean } | undefined)?.uncaught === true) return false;
  for (const { script, shown } of frames) {
    if (script === undefined) continue;
    const source = await scripts.read(shown.source.path);
    if (await compiler.isInTry(source, shown.line, shown.column)) return true;
  }
  return false;
}
