/** What each request is answered with: one entry per message type. */

import { createRequire } from "node:module";
import type { AsyncCompiler } from "../compiler/compilerClient.js";
import type { Debugger } from "../debugger/debugger.js";
import { toCodePoints, toUtf16 } from "../wire/codePoints.js";
import { type Json, type Message, PROTOCOL_VERSION } from "../wire/message.js";
import type { HostComms } from "./comms.js";
import type { Execution } from "./execution.js";
import type { History } from "./history.js";

/** Returns the content of the reply. While it works, the kernel is busy for this request's sake. */
export type Handler = (request: Message) => Json | Promise<Json>;

/** The parts of the host that handlers need. */
export interface HandlerParts {
  readonly compiler: AsyncCompiler;
  readonly execution: Execution;
  readonly history: History;
  readonly comms: HostComms;
  readonly debug: Debugger;
  /** Ends the kernel after the reply is out. */
  readonly shutdown: () => void;
}

/** A compiler that takes longer to start (without its snapshot) is not waited for. */
const READY_WITHIN_MS = 400;

/** Handlers by `msg_type`, the same on shell and control. `execute_request` is not among them: it queues. */
export function createHandlers(parts: HandlerParts): Readonly<Record<string, Handler>> {
  const { compiler, execution, history, comms, debug } = parts;
  // Clients send the first cell when they know the kernel: it should not find the compiler still starting.
  const ready = Promise.race([
    compiler.completeness("").catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, READY_WITHIN_MS)),
  ]);
  return {
    kernel_info_request: async () => {
      await ready;
      return kernelInfo();
    },

    complete_request: async ({ content }) => {
      const { code, cursor } = codeAndCursor(content);
      const { start, end, matches, kinds } = await compiler.complete(code, cursor);
      const cursor_start = toCodePoints(code, start);
      const cursor_end = toCodePoints(code, end);
      const types = matches.map((text, index) => ({ text, type: kinds[index], start: cursor_start, end: cursor_end }));
      return { status: "ok", matches, cursor_start, cursor_end, metadata: { _jupyter_types_experimental: types } };
    },

    inspect_request: async ({ content }) => {
      const { code, cursor } = codeAndCursor(content);
      const found = await compiler.inspect(code, cursor);
      if (found === null) return { status: "ok", found: false, data: {}, metadata: {} };
      const { signature, documentation, tags } = found;
      const plain = [signature, documentation, tags.join("\n")].filter((text) => text !== "").join("\n\n");
      const markdown = [`\`\`\`typescript\n${signature}\n\`\`\``, documentation, tags.join("  \n")].join("\n\n");
      return { status: "ok", found: true, data: { "text/plain": plain, "text/markdown": markdown }, metadata: {} };
    },

    is_complete_request: async ({ content }) => ({ ...(await compiler.completeness(codeAndCursor(content).code)) }),

    history_request: async ({ content }) => ({ status: "ok", history: await history.answer(content) }),

    comm_info_request: ({ content }) => comms.info(content),

    debug_request: (request) => debug.answer(request),

    interrupt_request: () => {
      execution.interrupt();
      return { status: "ok" };
    },

    create_subshell_request: () => ({ status: "ok", subshell_id: execution.subshells.create() }),

    delete_subshell_request: ({ content }) => {
      execution.subshells.delete(content.subshell_id ?? "");
      return { status: "ok" };
    },

    list_subshell_request: () => ({ status: "ok", subshell_id: execution.subshells.ids }),

    shutdown_request: ({ content }) => {
      parts.shutdown();
      return { status: "ok", restart: content.restart === true };
    },
  };
}

function kernelInfo(): Json {
  const require = createRequire(import.meta.url);
  const { version } = require("../../../package.json") as { version: string };
  const tslab = createRequire(require.resolve("tslab/package.json"));
  const typescript = tslab("@tslab/typescript-for-tslab/package.json") as { version: string };
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "sptlab",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: typescript.version,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    },
    banner: `sptlab ${version}: TypeScript ${typescript.version} on Node ${process.version}, with Selective Prompt Tuning`,
    help_links: [{ text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/" }],
    debugger: true,
    supported_features: ["debugger", "kernel subshells"],
  };
}

function codeAndCursor(content: Json): { code: string; cursor: number } {
  const code = typeof content.code === "string" ? content.code : "";
  const position = typeof content.cursor_pos === "number" ? content.cursor_pos : Number.POSITIVE_INFINITY;
  return { code, cursor: toUtf16(code, position) };
}
