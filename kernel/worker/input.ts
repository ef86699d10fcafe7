/** `input`: asks the user of the client that runs the cell. */

import { type CellContext, emitOutput, requireLiveCell } from "./cellContext.js";

/** How a question is put. */
export interface InputOptions {
  /** What the user types is not shown. */
  readonly password?: boolean;
}

/** The client cannot ask its user. */
export class StdinNotImplementedError extends Error {
  override readonly name = "StdinNotImplementedError";
}

/** The user ended the input (Ctrl-D) instead of answering. */
export class EndOfInputError extends Error {
  override readonly name = "EndOfInputError";
}

/** What consoles send for Ctrl-D. */
const END_OF_INPUT = "\u0004";

interface Waiting {
  readonly context: CellContext;
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

/** The questions that wait for their answers. */
export class Inputs {
  private readonly waiting = new Map<number, Waiting>();
  private questions = 0;

  /**
   * Shows `prompt` and resolves with the line that the user types.
   *
   * @throws StdinNotImplementedError  when the client runs the cell without a way to ask, or the cell has ended
   * @throws EndOfInputError           when the user ends the input instead
   */
  ask = async (prompt: unknown = "", { password = false }: InputOptions = {}): Promise<string> => {
    const context = requireLiveCell();
    if (!context.allowStdin || context.hasEnded) {
      throw new StdinNotImplementedError(
        context.allowStdin
          ? "input() can only be used while its cell runs; await it there."
          : "input() needs a client that can ask its user, and this one said that it cannot (allow_stdin is false). Set the value in the code instead.",
      );
    }
    for (const [old, { context: asker }] of this.waiting) if (asker.hasEnded) this.waiting.delete(old);
    const question = ++this.questions;
    return new Promise((resolve, reject) => {
      this.waiting.set(question, { context, resolve, reject });
      emitOutput({ type: "input", cell: context.cell, question, prompt: String(prompt), password: password === true });
    });
  };

  /** Passes an answer on; an interrupted cell no longer hears it. */
  answer(question: number, value: string): void {
    const waiting = this.waiting.get(question);
    this.waiting.delete(question);
    if (waiting === undefined || waiting.context.cancelled) return;
    if (value === END_OF_INPUT) waiting.reject(new EndOfInputError("the user ended the input instead of answering"));
    else waiting.resolve(value);
  }
}
