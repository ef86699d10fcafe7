/** Progress of a loop, shown in one output that is rewritten in place. */

/** How a loop is shown. */
export interface ProgressOptions {
  /** Stands before the bar. */
  readonly label?: string;
  /** How many items will come, where the items do not tell by themselves. */
  readonly total?: number;
}

/** Shows the newest text: `update` is false the first time. */
export type ShowProgress = (text: string, update: boolean) => void;

/** Least time between two updates, in milliseconds. */
const INTERVAL_MS = 250;

/** Characters of a full bar. */
const BAR_CHARS = 20;

/** Yields the items and shows how many are done: the first and the last state always, others four times a second. */
export function* progressOf<T>(
  items: Iterable<T>,
  options: ProgressOptions,
  show: ShowProgress,
  now: () => number = () => performance.now(),
): Generator<T, void, undefined> {
  const bar = new ProgressBar(options, sizeOf(items), show, now);
  try {
    for (const item of items) {
      yield item;
      bar.step();
    }
    bar.end(true);
  } finally {
    bar.end(false);
  }
}

/** The same for items that come one by one. */
export async function* asyncProgressOf<T>(
  items: AsyncIterable<T>,
  options: ProgressOptions,
  show: ShowProgress,
  now: () => number = () => performance.now(),
): AsyncGenerator<T, void, undefined> {
  const bar = new ProgressBar(options, undefined, show, now);
  try {
    for await (const item of items) {
      yield item;
      bar.step();
    }
    bar.end(true);
  } finally {
    bar.end(false);
  }
}

class ProgressBar {
  private readonly startedAt: number;
  private readonly total: number | undefined;
  private shownAt: number;
  private done = 0;
  private hasEnded = false;

  constructor(
    private readonly options: ProgressOptions,
    size: number | undefined,
    private readonly show: ShowProgress,
    private readonly now: () => number,
  ) {
    this.total = options.total ?? size;
    this.startedAt = now();
    this.shownAt = this.startedAt;
    show(this.text("starting"), false);
  }

  step(): void {
    this.done += 1;
    if (this.now() - this.shownAt < INTERVAL_MS) return;
    this.shownAt = this.now();
    this.show(this.text(this.remaining()), true);
  }

  end(isComplete: boolean): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const took = seconds((this.now() - this.startedAt) / 1_000);
    this.show(this.text(isComplete ? took : `stopped after ${took}`), true);
  }

  private remaining(): string {
    const elapsed = (this.now() - this.startedAt) / 1_000;
    if (this.total === undefined) return `${seconds(elapsed)}, ${Number((this.done / elapsed).toPrecision(3))}/s`;
    return `${seconds((elapsed / this.done) * Math.max(0, this.total - this.done))} left`;
  }

  /** "label ██████░░░░ 30/50, 12 s left". */
  private text(state: string): string {
    const label = this.options.label === undefined ? [] : [this.options.label];
    if (this.total === undefined) return [...label, `${this.done}, ${state}`].join(" ");
    const filled = this.total === 0 ? BAR_CHARS : Math.min(BAR_CHARS, Math.floor((BAR_CHARS * this.done) / this.total));
    const bar = "█".repeat(filled) + "░".repeat(BAR_CHARS - filled);
    return [...label, bar, `${this.done}/${this.total}, ${state}`].join(" ");
  }
}

function seconds(value: number): string {
  if (value >= 3_600) return `${Math.floor(value / 3_600)} h ${Math.round((value % 3_600) / 60)} min`;
  if (value >= 60) return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
  return `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))} s`;
}

function sizeOf(items: object): number | undefined {
  const { length, size } = items as { readonly length?: unknown; readonly size?: unknown };
  const count = length ?? size;
  return typeof count === "number" ? count : undefined;
}
