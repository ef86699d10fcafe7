/** One kernel measured from outside, over its real sockets: ours and ipykernel by the same code. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KernelClient, startKernel } from "../../kernel/client/jupyterClient.js";
import { treeUsage } from "./processTree.js";

/** A kernel, and the same small programs in its language. */
export interface KernelPeer {
  readonly name: string;
  /** The command that runs it; undefined for this build's. */
  readonly command: readonly string[] | undefined;
  readonly firstCell: string;
  readonly trivialCell: string;
  readonly outputCell: string;
  /** Asked at its end. */
  readonly completion: string;
  readonly inspection: string;
  readonly endlessCell: string;
  /** How Jupyter interrupts it: by a message on control, or by SIGINT. */
  readonly interruptMode: "message" | "signal";
}

/** This build. */
export const SPTLAB: KernelPeer = {
  name: "sptlab",
  command: undefined,
  firstCell: 'const first: number = 40;\nconsole.log("hello");\nfirst + 2',
  trivialCell: "1 + 1",
  outputCell: 'console.log("hello")',
  completion: "first.to",
  inspection: "console.log",
  endlessCell: 'console.log("go"); while (true) {}',
  interruptMode: "message",
};

/** What people use with Python. */
export const IPYKERNEL: KernelPeer = {
  name: "ipykernel",
  command: [process.env.SPTLAB_PYTHON ?? "/usr/bin/python3", "-m", "ipykernel_launcher", "-f"],
  firstCell: 'first: int = 40\nprint("hello")\nfirst + 2',
  trivialCell: "1 + 1",
  outputCell: 'print("hello")',
  completion: "first.to",
  inspection: "print",
  endlessCell: 'print("go", flush=True)\nwhile True: pass',
  interruptMode: "signal",
};

/** What is measured, in the table's order. Times in ms, from the request to its reply and `idle`. */
export const METRICS = {
  "cold start to kernel_info (ms)": null,
  "first cell, sent after kernel_info (ms)": 150,
  "CPU until the first cell's end (ms)": null,
  "trivial cell (ms)": 10,
  "cell with output (ms)": null,
  "completion, warm (ms)": 20,
  "inspection, warm (ms)": 20,
  "interrupt of an endless loop (ms)": 100,
  "idle memory, PSS of all processes (MB)": 150,
  "idle memory, RSS of all processes (MB)": null,
} as const satisfies Readonly<Record<string, number | null>>;

/** A row of the table. */
export type Metric = keyof typeof METRICS;

/** All values that were taken of each metric. */
export type Samples = Record<Metric, number[]>;

/** Requests whose times are not counted: they warm both kernels' compilers up. */
const WARM_UP = 10;

/** The kernel settles for this long before its memory is read. */
const SETTLE_MS = 3_000;

/** Starts one kernel, takes every metric, ends it. */
export async function measureKernel(peer: KernelPeer, repeats: number, samples: Samples): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sptlab-bench-"));
  const kernel = await startKernel({ cwd, ...(peer.command && { command: peer.command }) });
  try {
    await ok(kernel, peer.firstCell);
    const { spawned, answered } = kernel.started;
    samples["cold start to kernel_info (ms)"].push(answered - spawned);
    samples["first cell, sent after kernel_info (ms)"].push(performance.now() - answered);
    samples["CPU until the first cell's end (ms)"].push((await treeUsage(kernel.pid)).cpuMs);

    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const { pssMb, rssMb } = await treeUsage(kernel.pid);
    samples["idle memory, PSS of all processes (MB)"].push(pssMb);
    samples["idle memory, RSS of all processes (MB)"].push(rssMb);

    const ask = (msgType: string, code: string) => () =>
      kernel.request("shell", msgType, { code, cursor_pos: code.length, detail_level: 0 });
    const times: Partial<Record<Metric, () => Promise<unknown>>> = {
      "trivial cell (ms)": () => ok(kernel, peer.trivialCell),
      "cell with output (ms)": () => ok(kernel, peer.outputCell),
      "completion, warm (ms)": ask("complete_request", peer.completion),
      "inspection, warm (ms)": ask("inspect_request", peer.inspection),
    };
    for (const [metric, act] of Object.entries(times) as [Metric, () => Promise<unknown>][]) {
      for (let turn = -WARM_UP; turn < repeats; turn++) {
        const start = performance.now();
        await act();
        if (turn >= 0) samples[metric].push(performance.now() - start);
      }
    }
    samples["interrupt of an endless loop (ms)"].push(await interruptLatency(kernel, peer));
    // It lives on, once it no longer aborts what was queued behind the interrupted cell.
    while ((await kernel.execute(peer.trivialCell)).status === "aborted");
  } finally {
    await kernel.shutdown();
    await rm(cwd, { recursive: true, force: true });
  }
}

async function ok(kernel: KernelClient, code: string): Promise<void> {
  const { status, evalue } = await kernel.execute(code);
  if (status !== "ok") throw new Error(`expected the cell to run; got ${status}: ${evalue}\n${code}`);
}

async function interruptLatency(kernel: KernelClient, { endlessCell, interruptMode }: KernelPeer): Promise<number> {
  let interruptedAt = 0;
  const { status } = await kernel.execute(endlessCell, {
    onIopub: ({ header }) => {
      if (header.msg_type !== "stream" || interruptedAt > 0) return;
      interruptedAt = performance.now();
      if (interruptMode === "signal") process.kill(kernel.pid, "SIGINT");
      else void kernel.interrupt();
    },
  });
  if (status !== "error") throw new Error(`expected the endless cell to end with an error; got ${status}`);
  return performance.now() - interruptedAt;
}
