import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Dealer } from "zeromq";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import { endpoint } from "../../kernel/wire/connection.js";
import { createHeader, type Json, MessageCodec } from "../../kernel/wire/message.js";
import { run, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

let kernel: KernelClient;
let log = "";
let onLog: () => unknown = () => undefined;
beforeAll(async () => {
  kernel = await startBuiltKernel({
    onLog: (text) => {
      log += text;
      onLog();
    },
  });
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());

/** Resolves when the kernel has logged that it dropped so many answers. */
function dropped(count: number): Promise<void> {
  return new Promise((resolve) => {
    onLog = () => log.split("dropped an input_reply").length > count && resolve();
    onLog();
  });
}

it("asks the user of the client that runs the cell, after what was printed, and one question at a time", async () => {
  const events: string[] = [];
  const code = `console.log("first");
const [name, word] = await Promise.all([input("Name: "), input("Word: ", { password: true })]);
name + "/" + word`;
  const { result } = await run(kernel, code, {
    onIopub: ({ content }) => content.text && events.push(String(content.text)),
    onInput: async (prompt, password) => {
      events.push(`${prompt}${password}`);
      return prompt === "Name: " ? "Ada 😀" : "secret";
    },
  });
  expect(result).toBe("'Ada 😀/secret'");
  expect(events).toContain("first\n");
  expect(events.filter((event) => event !== "first\n")).toEqual(["Name: false", "Word: true"]);
});

it("says clearly that nobody can be asked, and that a user ended the input", async () => {
  const { reply } = await run(kernel, `await input("Name: ")`);
  expect(reply).toMatchObject({ status: "error", ename: "StdinNotImplementedError" });
  expect(reply.evalue).toMatch(/allow_stdin is false.*Set the value in the code/);
  const ended = await run(kernel, `await input()`, { onInput: () => "\u0004" });
  expect(ended.reply.ename).toBe("EndOfInputError");
  const late = `let late = ""; setTimeout(() => input("late").catch((error: Error) => { late = error.message }), 1);`;
  await run(kernel, late, { onInput: () => "never" });
  const { result } = await run(kernel, `while (late === "") await new Promise((r) => setTimeout(r, 5)); late`);
  expect(result).toMatch(/only be used while its cell runs/);
});

it("ends a cell that waits for its user when it is interrupted, and drops the answer that comes after", async () => {
  let answer: (value: string) => void = () => undefined;
  let wasAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    wasAsked = resolve;
  });
  const running = run(kernel, `let got = "nothing"; got = await input("?")`, {
    onInput: () =>
      new Promise((resolve) => {
        answer = resolve;
        wasAsked();
      }),
  });
  await asked;
  await kernel.interrupt();
  expect((await running).reply.ename).toBe("KeyboardInterrupt");
  answer("too late");
  const { result } = await run(kernel, `const next = await input("!"); [got, next]`, { onInput: () => "in time" });
  expect(result).toBe("[ 'nothing', 'in time' ]");
});

it("takes answers only from the client that was asked, and drops those to other questions", async () => {
  const codec = new MessageCodec(kernel.connection.key);
  const session = randomUUID();
  const sockets = ["shell", "stdin"].map((channel) => {
    const socket = new Dealer({ routingId: session, linger: 0 });
    socket.connect(endpoint(kernel.connection, channel as "shell" | "stdin"));
    return socket;
  });
  const [shell, stdin] = sockets as [Dealer, Dealer];
  const stranger = new Dealer({ linger: 0 });
  stranger.connect(endpoint(kernel.connection, "stdin"));
  const message = (msgType: string, content: Json, parent: Json = {}) =>
    codec.encode({
      identities: [],
      header: createHeader(msgType, session),
      parent: parent as never,
      metadata: {},
      content,
      buffers: [],
    });

  log = "";
  await stdin.send(message("input_reply", { value: "nobody asked" }));
  await dropped(1);
  await shell.send(message("execute_request", { code: `const answered = await input("?")`, allow_stdin: true }));
  const question = codec.decode(await stdin.receive());
  expect(question).toMatchObject({ header: { msg_type: "input_request" }, content: { prompt: "?", password: false } });
  await stranger.send(message("input_reply", { value: "from a stranger" }));
  await stdin.send(message("input_reply", { value: "to another question" }, { msg_id: "other" }));
  await stdin.send(message("input_reply", { value: 7 }));
  await dropped(4);
  await stdin.send(message("input_reply", { value: "without a parent" })); // As jupyter_client sends it.
  const reply = codec.decode(await shell.receive());
  expect(reply.content.status).toBe("ok");
  for (const socket of [shell, stdin, stranger]) socket.close();
  expect((await run(kernel, "answered")).result).toBe("'without a parent'");
});

it("goes on hearing comms while it waits for the user", async () => {
  await run(kernel, `let heard = 0; registerCommTarget("t", () => { heard += 1 });`);
  const { result } = await run(kernel, `await input(); heard`, {
    onInput: async () => {
      await kernel.comm("comm_open", { comm_id: "c", target_name: "t", data: {} });
      return "";
    },
  });
  expect(result).toBe("1");
});

it("does not let an interrupted loop of questions go on", async () => {
  let questions = 0;
  const { reply } = await run(kernel, `while (true) await input("again?")`, {
    onInput: async () => {
      questions += 1;
      if (questions === 5) await kernel.interrupt();
      return "yes";
    },
  });
  expect(reply.ename).toBe("KeyboardInterrupt");
  expect(questions).toBe(5);
});
