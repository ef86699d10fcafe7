/** What the tests of the running kernel share: one kernel per file, and cells with everything that they published. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExecuteOptions, ExecuteReply, KernelClient, StartOptions } from "../../kernel/client/jupyterClient.js";
import type { Json } from "../../kernel/wire/message.js";
import { temporaryFolder } from "../temporaryFolder.js";

/** The kernel starts in this time even on a machine that is busy with other tests. */
export const START_TIMEOUT_MS = 120_000;

/** A published message: type and content. */
export interface Published {
  readonly type: string;
  readonly content: Json;
}

/** A cell's reply and, in order, what it published between `busy` and `idle`. */
export interface Ran {
  readonly reply: ExecuteReply;
  readonly published: readonly Published[];
  /** All text of one stream. */
  stream(name: "stdout" | "stderr"): string;
  /** `text/plain` of the result; null without one. */
  readonly result: string | null;
}

/** Starts the built kernel in an empty folder. */
export async function startBuiltKernel(options: Partial<StartOptions> = {}): Promise<KernelClient> {
  const built = pathToFileURL(join(process.cwd(), "dist/kernel/client/jupyterClient.js")).href;
  const { startKernel } = (await import(built)) as { startKernel(options: StartOptions): Promise<KernelClient> };
  const cwd = temporaryFolder("sptlab-cells-");
  return startKernel({
    cwd,
    env: { SPTLAB_DEVICE: "cpu", SPTLAB_HISTORY: "off", XDG_STATE_HOME: cwd },
    timeoutMs: START_TIMEOUT_MS,
    ...options,
  });
}

/** Runs a cell and collects what it published. */
export async function run(kernel: KernelClient, code: string, options: ExecuteOptions = {}): Promise<Ran> {
  const published: Published[] = [];
  const reply = await kernel.execute(code, {
    ...options,
    onIopub: (message) => {
      published.push({ type: message.header.msg_type, content: message.content });
      options.onIopub?.(message);
    },
  });
  const ofType = (type: string) => published.filter((message) => message.type === type);
  const data = ofType("execute_result")[0]?.content.data as Record<string, string> | undefined;
  return {
    reply,
    published,
    stream: (name) =>
      ofType("stream")
        .filter(({ content }) => content.name === name)
        .map(({ content }) => content.text)
        .join(""),
    result: data?.["text/plain"] ?? null,
  };
}

/** The types of what a cell published, without `status` and `execute_input`. */
export function outputTypes(ran: Ran): string[] {
  return ran.published.map(({ type }) => type).filter((type) => type !== "status" && type !== "execute_input");
}

/** Runs a cell that prints "go", and calls `then` when that has come. */
export async function runUntilGo(kernel: KernelClient, code: string, then: () => Promise<void>): Promise<Ran> {
  let acted: Promise<void> | null = null;
  const ran = await run(kernel, `console.log("go");\n${code}`, {
    onIopub: (message) => {
      if (message.header.msg_type === "stream" && String(message.content.text).startsWith("go")) acted ??= then();
    },
  });
  await acted;
  return ran;
}
