/** The part of the Debug Adapter Protocol that we speak. Lines and columns count from 1. */

import type { Json } from "../wire/message.js";

/** Answers one command: the `body` of the response. What it throws becomes the message of a failed response. */
export type Command = (args: Json) => Json | Promise<Json>;

/** A text that frames and breakpoints lie in. */
export interface Source {
  readonly name: string;
  readonly path: string;
}

/** A breakpoint as the client asks for it. */
export interface SourceBreakpoint {
  readonly line: number;
  /** Stops only where this expression is true. */
  readonly condition?: string;
  /** Prints this text instead of stopping; expressions stand in braces. */
  readonly logMessage?: string;
}

/** A breakpoint as it was set. */
export interface Breakpoint {
  readonly id: number;
  readonly verified: boolean;
  readonly line: number;
  readonly source: Source;
  /** Why it is not verified. */
  readonly message?: string;
}

/** A frame of the stopped code. */
export interface StackFrame extends Json {
  readonly id: number;
  readonly name: string;
  readonly source: Source;
  readonly line: number;
  readonly column: number;
  /** `subtle`: a package's code. */
  readonly presentationHint: "normal" | "subtle";
}

/** A variable, or one of its members. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  /** An expression that gives the variable; empty when there is none. */
  readonly evaluateName: string;
  /** Names the members for a `variables` request; 0 when there are none. */
  readonly variablesReference: number;
  readonly indexedVariables?: number;
}

/** The only thread that a client sees: the one that runs cells. */
export const THREAD_ID = 1;

/** What `initialize` answers. */
export const CAPABILITIES = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsExceptionInfoRequest: true,
  supportsModulesRequest: true,
  supportsTerminateRequest: true,
  exceptionBreakpointFilters: [
    { filter: "all", label: "All Exceptions", default: false },
    { filter: "uncaught", label: "Uncaught Exceptions", default: false },
  ],
} as const;
