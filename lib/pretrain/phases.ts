/** Where a run is: its phase, that phase's depth, and the learning rate. */

import type { PretrainConfig } from "./config.js";

/** Index of the phase at `progress` (0 to 1) of the run. */
export function phaseAt(config: PretrainConfig, progress: number): number {
  const { layersSchedule, phaseShares } = config;
  let end = 0;
  const total = phaseTotal(config);
  for (let phase = 0; phase < layersSchedule.length - 1; phase++) {
    end += (phaseShares[phase] ?? 0) / total;
    if (progress < end) return phase;
  }
  return layersSchedule.length - 1;
}

/**
 * Learning rate of a step: linear warm-up in each phase, constant, and in the last phase a linear decay to 2% at the end of the run.
 *
 * @param stepInPhase  steps done since the phase began
 */
export function learningRateAt(config: PretrainConfig, progress: number, phase: number, stepInPhase: number): number {
  const { layersSchedule, learningRate, warmupSteps } = config;
  const [first = 1] = layersSchedule;
  const peak = learningRate * Math.sqrt(first / (layersSchedule[phase] ?? first));
  const warmup = Math.min(1, (stepInPhase + 1) / warmupSteps);
  if (phase < layersSchedule.length - 1) return peak * warmup;
  const begin = 1 - (config.phaseShares[phase] ?? 1) / phaseTotal(config);
  const left = Math.max(0, (1 - progress) / (1 - begin));
  return peak * warmup * Math.max(0.02, Math.min(1, left));
}

function phaseTotal(config: PretrainConfig): number {
  return config.phaseShares.slice(0, config.layersSchedule.length).reduce((sum, share) => sum + share, 0);
}
