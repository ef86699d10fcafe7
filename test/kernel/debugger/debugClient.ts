/** A client of the kernel's debugger, as a front end is one: requests on control, events from iopub. */

import { Subscriber } from "zeromq";
import type { KernelClient } from "../../../kernel/client/jupyterClient.js";
import { endpoint } from "../../../kernel/wire/connection.js";
import { type Json, MessageCodec } from "../../../kernel/wire/message.js";

/** No event takes as long, also on a busy machine: the deadline only bounds a hang. */
const EVENT_TIMEOUT_MS = 20_000;

/** Debugs one kernel. */
export interface DebugClient {
  /** Sends a command and gives the body of its response. Throws its message when it fails. */
  ask(command: string, args?: Json): Promise<Json>;
  /** The body of the next event with this name; earlier ones of other names are passed over. */
  event(name: string): Promise<Json>;
  /** Says initialize and attach. */
  attach(): Promise<void>;
  /** Dumps a cell and sets breakpoints in it. Gives its path. */
  breakAt(code: string, ...breakpoints: readonly (number | Json)[]): Promise<string>;
  /** Waits until the code has stopped, and tells where: `name:line` of every frame. */
  stopped(): Promise<string[]>;
  /** The variables of a scope of the innermost frame, by name. */
  scope(name: string): Promise<Record<string, Json>>;
  /** The id of the innermost frame. */
  frameId(): Promise<number>;
  close(): void;
}

/** Connects to a running kernel; resolves when its events are heard. */
export async function debugClient(kernel: KernelClient): Promise<DebugClient> {
  const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  const codec = new MessageCodec(kernel.connection.key, kernel.connection.signature_scheme);
  const events: Json[] = [];
  let wake: () => void = () => undefined;
  let seq = 1;
  iopub.connect(endpoint(kernel.connection, "iopub"));
  iopub.subscribe();
  const heard = new Promise<void>((resolve) => {
    void (async () => {
      for await (const frames of iopub) {
        const { header, content } = codec.decode(frames);
        if (header.msg_type === "iopub_welcome") resolve();
        if (header.msg_type !== "debug_event") continue;
        events.push(content);
        wake();
      }
    })();
  });
  await heard;

  const client: DebugClient = {
    async ask(command, args = {}) {
      const content = { type: "request", seq: seq++, command, arguments: args };
      const { content: response } = await kernel.request("control", "debug_request", content);
      if (response.success !== true) throw new Error(String(response.message));
      return response.body as Json;
    },
    async event(name) {
      for (;;) {
        const next = events.shift();
        if (next?.event === name) return next.body as Json;
        if (next === undefined) {
          await new Promise<void>((resolve, reject) => {
            const late = setTimeout(() => reject(new Error(`no event "${name}" came`)), EVENT_TIMEOUT_MS);
            wake = () => {
              clearTimeout(late);
              resolve();
            };
          });
        }
      }
    },
    async attach() {
      await client.ask("initialize", { clientID: "test" });
      await client.ask("attach");
    },
    async breakAt(code, ...breakpoints) {
      const { sourcePath } = await client.ask("dumpCell", { code });
      const asked = breakpoints.map((breakpoint) =>
        typeof breakpoint === "number" ? { line: breakpoint } : breakpoint,
      );
      await client.ask("setBreakpoints", { source: { path: sourcePath }, breakpoints: asked });
      await client.ask("configurationDone");
      return String(sourcePath);
    },
    async stopped() {
      await client.event("stopped");
      const { stackFrames } = await client.ask("stackTrace", { threadId: 1 });
      return (stackFrames as Json[]).map(({ name, line }) => `${name}:${line}`);
    },
    async frameId() {
      const { stackFrames } = await client.ask("stackTrace", { threadId: 1 });
      return Number((stackFrames as Json[])[0]?.id);
    },
    async scope(name) {
      const { scopes } = await client.ask("scopes", { frameId: await client.frameId() });
      const scope = (scopes as Json[]).find((candidate) => candidate.name === name);
      if (scope === undefined) return {};
      const { variables } = await client.ask("variables", { variablesReference: scope.variablesReference });
      return Object.fromEntries((variables as Json[]).map((variable) => [variable.name, variable]));
    },
    close: () => iopub.close(),
  };
  return client;
}
