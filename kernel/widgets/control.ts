/** A control: a value that the page and the code both can change. */

import { inspect } from "node:util";
import { type CellContext, emitOutput, requireLiveCell } from "../worker/cellContext.js";
import { JUPYTER_DISPLAY, type MimeBundle } from "../worker/mimeBundle.js";
import type { ControlSpec, ModelValue } from "./dialect.js";
import type { Model, Models } from "./model.js";

/** A control on the page. */
export interface Control<T> {
  readonly label: string;
  /** The value as it stands. Setting it moves the control on the page; what does not fit throws a RangeError. */
  value: T;
  /** Calls `handler` with each new value, whoever changed it; returns a function that stops this. */
  onChange(handler: (value: T) => unknown): () => void;
  /** Takes the control off the page. */
  close(): void;
}

/** What makes a kind of control. */
export interface ControlType<T> {
  readonly spec: ControlSpec;
  readonly label: string;
  readonly value: T;
  readonly toModel: (value: T) => ModelValue;
  /** The value that a page means; undefined when it is none. */
  readonly fromModel: (value: unknown) => T | undefined;
  /** The value, made to fit, that code sets. @throws RangeError when it cannot be */
  readonly checked: (value: T) => T;
  /** What the control is, for a page that cannot show it, such as "slider, 0 to 1". */
  readonly description: string;
  readonly format: (value: T) => string;
}

/** A control that is shown by `display` and as the result of a cell, and by nothing twice in the cell that made it. */
export class LiveControl<T> implements Control<T> {
  readonly label: string;
  private current: T;
  private readonly model: Model;
  private readonly handlers = new Set<(value: T) => unknown>();
  private shownIn: CellContext | null = null;

  constructor(
    models: Models,
    private readonly type: ControlType<T>,
  ) {
    this.label = type.label;
    this.current = type.value;
    this.model = models.open({
      spec: type.spec,
      label: type.label,
      value: () => type.toModel(this.current),
      onValue: (sent) => this.receive(sent),
      onClick: () => this.click(),
    });
  }

  get value(): T {
    return this.current;
  }

  set value(value: T) {
    const checked = this.type.checked(value);
    if (Object.is(checked, this.current)) return;
    this.current = checked;
    this.model.update();
    const context = requireLiveCell();
    const told = this.tell();
    context.pendingDisplays.add(told); // The cell ends when what follows this control has followed.
    told.then(() => context.pendingDisplays.delete(told)).catch(() => undefined);
  }

  onChange(handler: (value: T) => unknown): () => void {
    this.handlers.add(handler);
    return () => void this.handlers.delete(handler);
  }

  close(): void {
    this.handlers.clear();
    this.model.close();
  }

  /** Shows the control below the cell. */
  show(): void {
    const context = requireLiveCell();
    const data = this[JUPYTER_DISPLAY]();
    this.shownIn = context;
    emitOutput({ type: "display", cell: context.cell, data, metadata: {}, displayId: null, update: false });
  }

  /** What shows the control; nothing where it was shown already, as the result of the cell that made it. */
  [JUPYTER_DISPLAY](): MimeBundle {
    const again = this.shownIn === requireLiveCell();
    this.shownIn = null;
    return again ? {} : this.model.view(`${this.summary()} (${this.type.description}; set its .value in code)`);
  }

  [inspect.custom](): string {
    return this.summary();
  }

  private summary(): string {
    return `${this.label}: ${this.type.format(this.current)}`;
  }

  private receive(sent: unknown): Promise<void> | undefined {
    const value = this.type.fromModel(sent);
    if (value === undefined) this.model.update(); // The page gets the right value back.
    if (value === undefined || Object.is(value, this.current)) return undefined;
    this.current = value;
    return this.tell();
  }

  /** A click is a change of a button's value, which counts them. */
  private click(): Promise<void> | undefined {
    return this.type.spec.kind === "button" ? this.receive(Number(this.current) + 1) : undefined;
  }

  private async tell(): Promise<void> {
    const value = this.current;
    await Promise.all([...this.handlers].map(async (handler) => handler(value)));
  }
}
