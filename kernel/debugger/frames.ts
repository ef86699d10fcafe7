/** The frames of stopped code as a client sees them: cells by their own lines, nothing of the kernel. */

import type { Debugger } from "node:inspector";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { cellOfFile } from "../worker/protocol.js";
import type { StackFrame } from "./dap.js";
import type { Script, Scripts } from "./scripts.js";

/** This build's folder, whose code is not the user's. */
const OWN_FOLDER = new URL("../../", import.meta.url).href;

/** Scripts that are stepped over and in which nothing stops: Node, packages, the kernel with its library. */
export const FOREIGN_SCRIPTS: readonly string[] = [
  "^node:",
  "[\\\\/]node_modules[\\\\/]",
  `^${OWN_FOLDER.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`,
];

/** One frame, and what it was made of. */
export interface Frame {
  readonly shown: StackFrame;
  /** The cell or local module it lies in; undefined for another file. */
  readonly script: Script | undefined;
  /** Where expressions can be evaluated; null in a function that waits for the stopped one. */
  readonly callFrame: Debugger.CallFrame | null;
}

/** An expression whose value holds the functions that wait (by `await`) for the stopped one, further down. */
export const STACK_EXPRESSION = `((limit, prepare) => {
  try {
    Error.stackTraceLimit = 100;
    Error.prepareStackTrace = undefined;
    return String(new Error().stack);
  } finally {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = prepare;
  }
})(Error.stackTraceLimit, Error.prepareStackTrace)`;

/** Makes frames; `nextId` numbers them. */
export class FrameReader {
  private nextId = 1;
  private readonly urls = new Map<string, string>();

  constructor(private readonly scripts: Scripts) {}

  /** Learns of a script that frames may lie in. */
  addScript(scriptId: string, url: string): void {
    this.urls.set(scriptId, url);
  }

  /** The debugger was switched off. */
  forgetScripts(): void {
    this.urls.clear();
  }

  /** The frames on the stack that belong to the user or to a package. */
  fromCallFrames(callFrames: readonly Debugger.CallFrame[]): Frame[] {
    return callFrames.flatMap((callFrame) => {
      const { functionName, functionLocation, location } = callFrame;
      const url = this.urls.get(location.scriptId) ?? "";
      const script = this.scripts.ofFile(url);
      if (script === undefined) return isKernels(url) ? [] : [this.fileFrame(callFrame, url)];
      const isBody = cellOfFile(url) !== null && functionLocation?.lineNumber === 0;
      const name = isBody ? "" : functionName || "(anonymous)";
      const frame = this.scriptFrame(script, name, location.lineNumber, location.columnNumber ?? 0, callFrame);
      return frame === null ? [] : [frame];
    });
  }

  /** The cells' frames among the waiting functions of a stack text. */
  fromStackText(stack: string): Frame[] {
    return [...stack.matchAll(/^\s*at async (?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/gm)].flatMap((match) => {
      const [, caller = "", file = "", line = "", column = ""] = match;
      const script = this.scripts.ofFile(file);
      if (script === undefined) return [];
      return this.scriptFrame(script, caller, Number(line) - 1, Number(column) - 1, null) ?? [];
    });
  }

  private scriptFrame(
    script: Script,
    name: string,
    line: number,
    column: number,
    callFrame: Debugger.CallFrame | null,
  ): Frame | null {
    const position = script.map.toSource(line, column);
    if (position === null) return null;
    const { label, path } = script;
    const source = { name: label, path };
    const shown: StackFrame = {
      id: this.nextId++,
      name: name || label,
      source,
      ...position,
      presentationHint: "normal",
    };
    return { shown, script, callFrame };
  }

  private fileFrame(callFrame: Debugger.CallFrame, url: string): Frame {
    const { functionName, location } = callFrame;
    const path = url.startsWith("file:") ? fileURLToPath(url) : url;
    const shown: StackFrame = {
      id: this.nextId++,
      name: functionName || "(anonymous)",
      source: { name: basename(path), path },
      line: location.lineNumber + 1,
      column: (location.columnNumber ?? 0) + 1,
      presentationHint: url.includes("/node_modules/") ? "subtle" : "normal",
    };
    return { shown, script: undefined, callFrame };
  }
}

function isKernels(url: string): boolean {
  return url === "" || url.startsWith("node:") || url.startsWith(OWN_FOLDER);
}
