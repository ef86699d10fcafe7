import { expect, it } from "vitest";
import type { Received, Sent } from "./driver.js";
import { conformance } from "./suite.js";

conformance("input", {}, (session) => {
  const start = (code: string): Promise<Sent> => session.kernel.sendCell(code, { allow_stdin: true });

  /** Waits for the `index`-th question of a cell. */
  const asked = async (cell: Sent, index = 0): Promise<Received> => {
    const isQuestion = ({ type, parent }: Received) => type === "input_request" && parent.msg_id === cell.msg_id;
    await session.kernel.waitFor((message) => {
      return isQuestion(message) && session.kernel.messages.filter(isQuestion)[index] === message;
    }, "a question");
    return session.kernel.messages.filter(isQuestion)[index] as Received;
  };
  const answer = (question: Received, value: string): Promise<Sent> =>
    session.kernel.send("stdin", "input_reply", { value }, { parent: question.header });

  it("asks on stdin on behalf of the cell, and gives it the answer", async () => {
    const cell = await start('const name = await input("Name: ");\nname + "!"');
    const question = await asked(cell);
    expect(question).toMatchObject({ channel: "stdin", content: { prompt: "Name: ", password: false } });
    expect(question.parent.msg_type).toBe("execute_request");
    await answer(question, "Ada 😀");
    expect((await session.kernel.exchange(cell)).text).toBe("'Ada 😀!'");
  });

  it("says when what is typed must not be shown", async () => {
    const cell = await start('(await input("Token: ", { password: true })).length');
    const question = await asked(cell);
    expect(question.content).toEqual({ prompt: "Token: ", password: true });
    await answer(question, "1234");
    expect((await session.kernel.exchange(cell)).text).toBe("4");
  });

  it("asks one question after the other", async () => {
    const cell = await start('[await input("a"), await input("b")]');
    await answer(await asked(cell, 0), "1");
    await answer(await asked(cell, 1), "2");
    expect((await session.kernel.exchange(cell)).text).toBe("[ '1', '2' ]");
  });

  it("fails at once, with the reason, for a client that cannot be asked", async () => {
    const ran = await session.kernel.execute("await input()", { allow_stdin: false });
    expect(ran.content).toMatchObject({ status: "error", evalue: expect.stringContaining("allow_stdin") });
  });

  it("is interrupted while it waits, and the answer that comes too late hits nothing", async () => {
    const cell = await start("await input()");
    const question = await asked(cell);
    await session.kernel.request("control", "interrupt_request");
    expect((await session.kernel.exchange(cell)).content.ename).toBe("KeyboardInterrupt");
    await answer(question, "late");
    const next = await start('await input("next")');
    await answer(await asked(next), "in time");
    expect((await session.kernel.exchange(next)).text).toBe("'in time'");
  });

  it("lets control and other requests through while it waits", async () => {
    const cell = await start("await input()");
    const question = await asked(cell);
    expect((await session.kernel.request("control", "kernel_info_request")).content.status).toBe("ok");
    expect((await session.kernel.request("shell", "complete_request", { code: "Mat" })).content.matches).toContain(
      "Math",
    );
    await answer(question, "");
    expect((await session.kernel.exchange(cell)).text).toBe("''");
  });
});
