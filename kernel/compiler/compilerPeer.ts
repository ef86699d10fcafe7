/** The two ways to run the compiler beside the host: a process that starts from a snapshot, or a thread. */

import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import type { CompilerAnswer, CompilerCall } from "./calls.js";

/** Takes calls. It does not keep the host alive. */
export interface CompilerPeer {
  post(call: CompilerCall): void;
}

/** Hears of answers, in the order of the calls, and once of the end. */
export interface PeerListener {
  readonly onAnswer: (answer: CompilerAnswer) => void;
  readonly onExit: (reason: Error) => void;
}

/** Starts a thread that runs `script`. */
export function startThread(script: URL, { onAnswer, onExit }: PeerListener): CompilerPeer {
  const thread = new Worker(script);
  thread.unref();
  let reason = new Error("its thread ended");
  thread.on("message", onAnswer);
  thread.on("error", (error) => {
    reason = error;
  });
  thread.once("exit", () => onExit(reason));
  return { post: (call) => thread.postMessage(call) };
}

/** Starts a process from a snapshot; calls and answers are lines of JSON. */
export function startProcess(blob: string, { onAnswer, onExit }: PeerListener): CompilerPeer {
  const child = spawn(process.execPath, ["--snapshot-blob", blob], { stdio: ["pipe", "pipe", "ignore"] });
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as Socket).unref();
  let isEnded = false;
  const end = (how: string): void => {
    if (!isEnded) onExit(new Error(`its process ended: ${how}`));
    isEnded = true;
  };
  child.once("error", (error) => end(error.message));
  child.once("close", (code, signal) => end(signal ?? `exit code ${code}`));
  child.stdin.on("error", () => undefined); // Its end is told by `close`.
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onAnswer(JSON.parse(line) as CompilerAnswer);
  });
  return { post: (call) => void child.stdin.write(`${JSON.stringify(call)}\n`) };
}
