/** Learning-rate schedules as multipliers of the base rate. */

/**
 * Linear warm-up, then linear decay to zero; step 0 of a warm-up has multiplier 0.
 *
 * @returns the multiplier at `step` (from 0): step / warmupSteps while warming up, else (totalSteps - step) / (totalSteps - warmupSteps), never below 0
 * @source Hugging Face transformers, `get_linear_schedule_with_warmup`
 */
export function linearSchedule(options: {
  readonly warmupSteps: number;
  readonly totalSteps: number;
}): (step: number) => number {
  const { warmupSteps, totalSteps } = options;
  return (step) => {
    if (step < warmupSteps) return step / Math.max(1, warmupSteps);
    return Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
  };
}

/**
 * Linear warm-up, then the base rate to the end.
 *
 * @returns the multiplier at `step` (from 0): step / warmupSteps while warming up, else 1
 * @source Hugging Face transformers, `get_constant_schedule_with_warmup`; without a warm-up fairseq's `fixed`
 */
export function constantSchedule({ warmupSteps }: { readonly warmupSteps: number }): (step: number) => number {
  return (step) => (step < warmupSteps ? step / warmupSteps : 1);
}
