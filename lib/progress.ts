/** How long work reports where it is; the terminal and the notebook draw the same value. */

/** One report of a long-running stage. */
export interface Progress {
  /** What is running: "search", "retrain", "evaluate", "pretrain". */
  readonly stage: string;
  /** Finished steps, 0..totalSteps. */
  readonly step: number;
  readonly totalSteps: number;
  /** Estimated seconds to the end of the stage; null until the first step is timed. */
  readonly etaSeconds: number | null;
  /** The newest values of what is being watched, such as `trainLoss`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Receives reports; must return quickly, and its errors stop the run. */
export type OnProgress = (progress: Progress) => void;
