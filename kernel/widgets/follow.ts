/** Output that follows controls: rendered again, in its place, whenever one of them changes. */

import { randomUUID } from "node:crypto";
import { type CellContext, emitOutput, requireLiveCell } from "../worker/cellContext.js";
import { JUPYTER_DISPLAY, mimeBundle } from "../worker/mimeBundle.js";
import type { Control } from "./control.js";

/** The values of controls, in their order. */
export type ValuesOf<C extends readonly Control<unknown>[]> = { -readonly [I in keyof C]: C[I]["value"] };

/** An output that follows controls. */
export interface Follower {
  /** From now on the output stays as it is. */
  stop(): void;
}

/**
 * Shows what `body` returns for the controls' values, and shows it anew in the same place when they change. One call
 * runs at a time; of the changes that come meanwhile, only the newest values are shown. Resolves after the first.
 *
 * @throws  what `body` throws the first time; later errors are shown in the output's place
 */
export async function follow<const C extends readonly Control<unknown>[]>(
  controls: C,
  body: (...values: ValuesOf<C>) => unknown,
): Promise<Follower> {
  if (!Array.isArray(controls) || typeof body !== "function") {
    throw new TypeError(
      "follow expects a list of controls and a function, such as follow([lr], (rate) => chart(rate))",
    );
  }
  const output = new FollowingOutput(() => body(...(controls.map(({ value }) => value) as ValuesOf<C>)));
  await output.first();
  const stops = controls.map((control) => control.onChange(() => output.render()));
  const follower = { stop: () => stops.forEach((stop) => void stop()) };
  // As the result of a cell it shows nothing: what it follows is shown already.
  return Object.defineProperty(follower, JUPYTER_DISPLAY, { value: () => ({}) });
}

class FollowingOutput {
  private readonly displayId = `follow-${randomUUID()}`;
  private isShown = false;
  private isStale = false;
  /** The cell or comm message for which the body runs, and that run. */
  private running: { readonly context: CellContext; readonly ended: Promise<void> } | null = null;

  constructor(private readonly body: () => unknown) {}

  async first(): Promise<void> {
    const context = requireLiveCell();
    await this.show(context, await this.body());
  }

  /** Renders the newest values; resolves when they are shown. */
  render(): Promise<void> {
    this.isStale = true;
    // An interrupted run never ends.
    if (this.running === null || this.running.context.cancelled) {
      const context = requireLiveCell();
      this.running = { context, ended: this.catchUp(context) };
    }
    return this.running.ended;
  }

  private async catchUp(context: CellContext): Promise<void> {
    while (this.isStale) {
      this.isStale = false;
      try {
        await this.show(context, await this.body());
      } catch (error) {
        await this.show(context, error);
      }
    }
    this.running = null;
  }

  private async show(context: CellContext, value: unknown): Promise<void> {
    if (value === undefined) return;
    const data = await mimeBundle(value);
    if (context.cancelled) return;
    const { displayId, isShown: update } = this;
    this.isShown = true;
    emitOutput({ type: "display", cell: context.cell, data, metadata: {}, displayId, update });
  }
}
