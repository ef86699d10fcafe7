/** What each command of a client does: the Debug Adapter Protocol, and what Jupyter adds to it. */

import type { Json } from "../wire/message.js";
import { CAPABILITIES, type Command, type SourceBreakpoint, THREAD_ID } from "./dap.js";
import type { DebugSession } from "./debugSession.js";
import { inspectionCommands } from "./inspectionCommands.js";
import { FILE_SUFFIX, HASH_SEED } from "./scripts.js";
import { stopReason, thrownValue } from "./stop.js";
import { valueText } from "./valueText.js";

/**
 * The commands by name.
 *
 * @param interrupt  ends the running cell
 */
export function createCommands(session: DebugSession, interrupt: () => void): Readonly<Record<string, Command>> {
  const { scripts, breakpoints } = session;
  const whenAttached =
    (command: Command): Command =>
    (args) => {
      if (!session.isAttached) throw new Error("the debugger is not attached; send initialize and attach first");
      return command(args);
    };

  return {
    ...inspectionCommands(session),

    initialize() {
      session.isStarted = true;
      return CAPABILITIES;
    },

    async attach() {
      if (!session.isStarted) throw new Error("the debugger is not started; send initialize first");
      if (!session.isAttached) await session.attach();
      return {};
    },

    debugInfo: () => ({
      isStarted: session.isStarted,
      hashMethod: "Murmur2",
      hashSeed: HASH_SEED,
      tmpFilePrefix: scripts.prefix(),
      tmpFileSuffix: FILE_SUFFIX,
      breakpoints: breakpoints.list(),
      stoppedThreads: session.stop === null ? [] : [THREAD_ID],
      richRendering: true,
      exceptionPaths: ["JavaScript Exceptions"],
      copyToGlobals: true,
    }),

    dumpCell: async ({ code }) => ({ sourcePath: await scripts.dump(text("code", code)) }),

    setBreakpoints: whenAttached(async (args) => {
      const path = sourcePath(args);
      const asked = Array.isArray(args.breakpoints) ? args.breakpoints : [];
      return { breakpoints: await breakpoints.set(path, asked as SourceBreakpoint[]) };
    }),

    setExceptionBreakpoints: whenAttached(async ({ filters }) => {
      const names: readonly unknown[] = Array.isArray(filters) ? filters : [];
      await session.stopOnExceptions(names.includes("all") ? "all" : names.includes("uncaught") ? "uncaught" : "none");
      return {};
    }),

    configurationDone: () => ({}),

    threads: () => ({ threads: [{ id: THREAD_ID, name: "cells" }] }),

    stackTrace: ({ startFrame, levels }) => {
      const all = session.stop?.frames.map(({ shown }) => shown) ?? [];
      const first = typeof startFrame === "number" ? startFrame : 0;
      const count = typeof levels === "number" && levels > 0 ? levels : all.length;
      return { stackFrames: all.slice(first, first + count), totalFrames: all.length };
    },

    exceptionInfo: () => {
      const { stop } = session;
      if (stop === null || stopReason(stop.event, null) !== "exception")
        throw new Error("no exception stopped the code");
      const value = thrownValue(stop.event);
      const description = value.description ?? valueText(value);
      return { exceptionId: value.className ?? value.type, description, breakMode: "always" };
    },

    source: async (args) => ({ content: await scripts.read(sourcePath(args)), mimeType: "text/typescript" }),

    continue: whenAttached(async () => {
      await session.move("resume");
      return { allThreadsContinued: true };
    }),

    next: whenAttached(async () => moved(session.move("stepOver"))),
    stepIn: whenAttached(async () => moved(session.move("stepInto"))),
    stepOut: whenAttached(async () => moved(session.move("stepOut"))),
    pause: whenAttached(async () => moved(session.move("pause"))),

    async disconnect({ terminateDebuggee }) {
      if (terminateDebuggee === true) interrupt();
      await session.detach();
      return {};
    },

    async terminate() {
      interrupt();
      await session.detach();
      session.emit("terminated", {});
      return {};
    },
  };
}

async function moved(done: Promise<void>): Promise<Json> {
  await done;
  return {};
}

function sourcePath({ source }: Json): string {
  return text("source.path", (source as Json | undefined)?.path);
}

function text(name: string, value: unknown): string {
  if (typeof value !== "string") throw new Error(`expected a text as ${name}; got ${typeof value}`);
  return value;
}
