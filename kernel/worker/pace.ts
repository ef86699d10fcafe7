/**
 * How fast a cell may show things. No front end draws more than some hundred outputs a second; a loop that shows more
 * would only pile them up in the client, which then answers to nothing, not even to the end of the interrupted loop.
 */

/** So many go at once, after a rest. */
const BURST = 50;

/** After them, this many a millisecond. */
const PER_MS = 1;

/** What measures time, in milliseconds, and lets it pass. */
export interface Clock {
  now(): number;
  sleep(ms: number): void;
}

/** A budget of outputs that fills with time. */
export class Pace {
  private credit = BURST;
  private creditedAt: number;

  constructor(private readonly clock: Clock) {
    this.creditedAt = clock.now();
  }

  /** Spends one output; where the budget is used up, sleeps until it is earned. */
  spend(): void {
    const now = this.clock.now();
    this.credit = Math.min(BURST, this.credit + (now - this.creditedAt) * PER_MS) - 1;
    this.creditedAt = now;
    if (this.credit < 0) this.clock.sleep(-this.credit / PER_MS);
  }
}
