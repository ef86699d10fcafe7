/** The kernel process: sockets in front, the compiler beside, user code in a process behind. */

import type { AsyncCompiler, OnCompilerCrash } from "../compiler/compilerClient.js";
import { Debugger } from "../debugger/debugger.js";
import { keepNewSpaceSmall } from "../garbage.js";
import { isReadableByOthers, readConnectionFile } from "../wire/connection.js";
import type { Message } from "../wire/message.js";
import { HostComms } from "./comms.js";
import { CrashReports } from "./crashReport.js";
import { Execution } from "./execution.js";
import { createHandlers } from "./handlers.js";
import { History } from "./history.js";
import { HistoryFile, historyPath } from "./historyFile.js";
import { logFromEnvironment } from "./kernelLog.js";
import { Outputs } from "./outputs.js";
import { KernelSockets, type RequestChannel } from "./sockets.js";
import { Stdin } from "./stdin.js";
import { UnreadBytes } from "./unreadBytes.js";
import { WorkerProcess } from "./workerProcess.js";

/** How often the kernel looks whether its parent still lives. */
const PARENT_POLL_MS = 1_000;

/**
 * Serves a Jupyter client until it asks for the end; then ends this process.
 *
 * @param connectionFile  path of the file by which Jupyter tells the ports and the key
 * @param compilerWith    gives the compiler, which from now on tells the listener of its crashes
 * @throws Error  when it cannot be used: no file, a port that is taken, an unknown signature scheme
 */
export async function runKernel(
  connectionFile: string,
  compilerWith: (onCrash: OnCompilerCrash) => AsyncCompiler,
): Promise<void> {
  keepNewSpaceSmall();
  const log = logFromEnvironment();
  const crashes = new CrashReports(log);
  process.stderr.on("error", () => undefined); // Whoever started the kernel may no longer read it.
  let announce = (text: string): void => log.warn(text);
  const compiler = compilerWith((error) => {
    const report = crashes.write("compiler", error);
    announce(`sptlab: the compiler ended and was started anew; ${report}`);
    return report;
  });
  const connection = await readConnectionFile(connectionFile);
  if (await isReadableByOthers(connectionFile)) {
    log.warn(`${connectionFile} holds the kernel's key and can be read by others; make it private with chmod 600`);
  }
  const sockets = await KernelSockets.bind(connection, log);
  const unread = new UnreadBytes();
  const outputs = new Outputs(
    (...message) => sockets.publish(...message),
    () => unread.isTooMany(),
  );
  announce = (text) => outputs.announce(text);

  const onFault = (error: unknown): void => {
    log.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const report = crashes.write("host", error);
    if (report !== "") outputs.announce(`sptlab: an error inside the kernel, which goes on; ${report}`);
  };
  process.on("uncaughtException", onFault);
  process.on("unhandledRejection", onFault);

  const worker: WorkerProcess = new WorkerProcess({
    onOutput: (output) => outputs.show(output),
    onComm: (message) => comms.publish(message),
    onInput: (question) => stdin.ask(question),
    congestion: () => sockets.publishing(),
    onPipe: (cell, name, text) => outputs.stream(cell, name, text),
    onDeath: () => {
      comms.workerLost();
      debug.onWorkerDeath();
      compiler.restore("").catch(() => undefined); // The compiler's own end is told elsewhere.
    },
    onCrash: (how, stderr) => crashes.write("worker", `the worker ended with ${how}`, stderr),
    onInspector: (message) => debug.onInspector(message),
    onIdleDeath: (reason) => outputs.announce(reason),
  });
  const path = historyPath();
  const historyFile = path === null ? null : new HistoryFile(path, (text) => log.warn(text));
  const history = new History(historyFile);
  const comms = new HostComms({ worker, outputs, log });
  const stdin = new Stdin({
    send: (request, content) => sockets.reply("stdin", request, "input_request", content).msg_id,
    answer: (question, value) => worker.answer(question, value),
    outputs,
    log,
  });
  const debug: Debugger = new Debugger({
    compiler,
    inspect: (call) => worker.inspect(call),
    publish: (parent, content) => outputs.publish(parent, "debug_event", content),
    interrupt: () => execution.interrupt(),
    log,
  });
  const execution = new Execution({ compiler, worker, outputs, history, stdin, debug });
  const end = async (): Promise<void> => {
    worker.close();
    debug.close();
    await Promise.all([sockets.close(), historyFile?.flushed()]);
    process.exit(0);
  };
  const handlers = createHandlers({ compiler, execution, history, comms, debug, shutdown: () => setTimeout(end, 20) });

  const answer = async (channel: RequestChannel, request: Message): Promise<void> => {
    const { msg_type } = request.header;
    const replyType = msg_type.replace(/_request$/, "_reply");
    if (msg_type === "execute_request" && channel === "shell") {
      execution.enqueue({ request, reply: (content) => sockets.reply(channel, request, replyType, content) });
      return;
    }
    if (comms.concerns(msg_type)) return comms.receive(request);
    if (msg_type === "input_reply" && channel === "stdin") return stdin.reply(request);
    const handler = Object.hasOwn(handlers, msg_type) ? handlers[msg_type] : undefined;
    if (handler === undefined) return log.warn(`no handler for ${msg_type} on ${channel}`);
    outputs.publish(request.header, "status", { execution_state: "busy" });
    try {
      const content = await handler(request);
      sockets.reply(channel, request, replyType, content);
      if (msg_type === "shutdown_request") outputs.publish(request.header, replyType, content);
    } catch (error) {
      const evalue = error instanceof Error ? error.message : String(error);
      sockets.reply(channel, request, replyType, {
        status: "error",
        ename: "KernelError",
        evalue,
        traceback: [evalue],
      });
    }
    outputs.publish(request.header, "status", { execution_state: "idle" });
  };
  outputs.publish(null, "status", { execution_state: "starting" });
  sockets.serve((channel, message) => void answer(channel, message));
  log.info("started", { pid: process.pid, transport: connection.transport, node: process.version });

  process.on("SIGINT", () => execution.interrupt());
  process.on("SIGTERM", () => void end());
  // Jupyter names its process: who has already become a child of process 1 has lost it while starting.
  const isOrphan = process.ppid === 1 && Number(process.env.JPY_PARENT_PID ?? 1) !== 1;
  const parent = isOrphan ? Number(process.env.JPY_PARENT_PID) : process.ppid;
  setInterval(() => process.ppid !== parent && void end(), PARENT_POLL_MS).unref();
}
