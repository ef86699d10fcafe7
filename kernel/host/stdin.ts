/** Questions of running cells to the users of the clients that run them, one at a time. */

import type { Json, Message } from "../wire/message.js";
import type { InputQuestion } from "../worker/protocol.js";
import type { KernelLog } from "./kernelLog.js";
import type { Outputs } from "./outputs.js";

/** The parts of the host that questions need. */
export interface StdinParts {
  /** Sends an `input_request` to the client of `request`; returns its `msg_id`. */
  readonly send: (request: Message, content: Json) => string;
  readonly answer: (question: number, value: string) => void;
  readonly outputs: Outputs;
  readonly log: KernelLog;
}

/** Asks, and matches answers to questions: those that nobody waits for are dropped. */
export class Stdin {
  private readonly cells = new Map<number, Message>();
  private questions: InputQuestion[] = [];
  /** The `msg_id` of the question that was put: the first. */
  private asked: string | null = null;

  constructor(private readonly parts: StdinParts) {}

  /** Whose user the cell asks, as long as it runs. */
  attach(cell: number, request: Message): void {
    this.cells.set(cell, request);
  }

  /** The cell has ended: its questions are void. */
  detach(cell: number): void {
    this.cells.delete(cell);
    const [first] = this.questions;
    this.questions = this.questions.filter((question) => question.cell !== cell);
    if (this.questions[0] !== first) this.putNext();
  }

  /** Puts a question, after those that are still open. */
  ask(question: InputQuestion): void {
    if (!this.cells.has(question.cell)) return;
    this.questions.push(question);
    if (this.questions.length === 1) this.putNext();
  }

  /** Takes an `input_reply`. Clients may leave its parent out; if it is there, it must be the question or the cell. */
  reply({ identities, parent, content }: Message): void {
    const [question] = this.questions;
    const request = question && this.cells.get(question.cell);
    const parentId = "msg_id" in parent ? parent.msg_id : undefined;
    const isAwaited =
      request !== undefined &&
      Buffer.concat([...identities]).equals(Buffer.concat([...request.identities])) &&
      [undefined, this.asked, request.header.msg_id].includes(parentId);
    if (!isAwaited || question === undefined || typeof content.value !== "string") {
      this.parts.log.warn("dropped an input_reply: nobody waits for it, or it has no text in value");
      return;
    }
    this.questions.shift();
    this.parts.answer(question.question, content.value);
    this.putNext();
  }

  private putNext(): void {
    const [question] = this.questions;
    const request = question && this.cells.get(question.cell);
    this.asked = null;
    if (question === undefined || request === undefined) return;
    this.parts.outputs.flush(); // What was printed before the question is read before it.
    const { prompt, password } = question;
    this.asked = this.parts.send(request, { prompt, password });
  }
}
