/** The kernel process: sockets in front, the compiler in a thread beside, user code in a process behind. */

import { startCompiler } from "../compiler/compilerClient.js";
import { readConnectionFile } from "../wire/connection.js";
import type { Message } from "../wire/message.js";
import { Execution } from "./execution.js";
import { createHandlers } from "./handlers.js";
import { History } from "./history.js";
import { Outputs } from "./outputs.js";
import { KernelSockets, type RequestChannel } from "./sockets.js";
import { WorkerProcess } from "./workerProcess.js";

/** How often the kernel looks whether its parent still lives. */
const PARENT_POLL_MS = 1_000;

/**
 * Serves a Jupyter client until it asks for the end; then ends this process.
 *
 * @param connectionFile  path of the file by which Jupyter tells the ports and the key
 */
export async function runKernel(connectionFile: string): Promise<void> {
  const log = (text: string): void => void process.stderr.write(`sptlab kernel: ${text}\n`);
  process.on("uncaughtException", (error) => log(error.stack ?? error.message));
  process.on("unhandledRejection", (error) => log(String(error)));

  // The compiler and the worker take their time: they start while the sockets are bound.
  const compiler = startCompiler();
  const outputs = new Outputs((...message) => sockets.publish(...message));
  const worker = new WorkerProcess({
    onOutput: (output) => outputs.show(output),
    onPipe: (cell, name, text) => outputs.stream(cell, name, text),
    onIdleDeath: (reason) => {
      void compiler.reset();
      outputs.publish(null, "stream", { name: "stderr", text: `${reason}\n` });
    },
  });
  const history = new History();
  const execution = new Execution({ compiler, worker, outputs, history });
  const end = async (): Promise<void> => {
    worker.close();
    await sockets.close();
    process.exit(0);
  };
  const handlers = createHandlers({ compiler, execution, history, shutdown: () => setTimeout(end, 20) });

  const answer = async (channel: RequestChannel, request: Message): Promise<void> => {
    const { msg_type } = request.header;
    const replyType = msg_type.replace(/_request$/, "_reply");
    if (msg_type === "execute_request" && channel === "shell") {
      execution.enqueue({ request, reply: (content) => sockets.reply(channel, request, replyType, content) });
      return;
    }
    const handler = Object.hasOwn(handlers, msg_type) ? handlers[msg_type] : undefined;
    if (handler === undefined) return log(`no handler for ${msg_type} on ${channel}`);
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
  const sockets = await KernelSockets.bind(await readConnectionFile(connectionFile), log, (channel, message) => {
    void answer(channel, message);
  });
  outputs.publish(null, "status", { execution_state: "starting" });

  process.on("SIGINT", () => execution.interrupt());
  process.on("SIGTERM", () => void end());
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && void end(), PARENT_POLL_MS).unref();
}
