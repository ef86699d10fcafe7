/** The loss of a search: cross entropy with open gates, and consistency with the pass in which some are closed. */

import * as tf from "@tensorflow/tfjs";
import { crossEntropy, type Head } from "../prompt/clozeHead.js";
import { gates, maskGates } from "../prompt/gate.js";
import type { PromptHypernetwork } from "../prompt/promptHypernetwork.js";
import type { Weights } from "../prompt/weights.js";
import type { Losses } from "../train/gradients.js";
import type { ModelInputs } from "../train/tunableModel.js";

/** What the loss reads: a batch, and which gates its second pass keeps. */
export interface SearchInputs extends ModelInputs {
  /** One-hot labels, [B, C] */
  readonly targets: tf.Tensor2D;
  /** m, [L], 0 or 1 */
  readonly gateMask: tf.Tensor1D;
}

/** The two additions that make DARTS into SPT-DARTS, each with its switch. */
export interface SearchLossOptions {
  readonly isReparameterised: boolean;
  /** False leaves the second pass out. */
  readonly isConsistent: boolean;
  /** lambda */
  readonly consistencyWeight: number;
}

/** Losses of one batch, each a scalar. */
export interface SearchLosses extends Losses {
  readonly crossEntropy: tf.Scalar;
  /** Mean squared difference of the two passes' states at the mask; 0 when there is one pass. */
  readonly consistency: tf.Scalar;
}

/**
 * loss = CE(pass with gates a) + lambda · MSE(state at the mask, a; state at the mask, m·a). Both passes have gradients.
 *
 * @param weights  of the generators and the head
 * @param alphas   gate logits, [L]
 * @source METHOD.md, section 4
 */
export function searchLoss(
  network: PromptHypernetwork,
  head: Head,
  options: SearchLossOptions,
  weights: Weights,
  alphas: tf.Tensor,
  inputs: SearchInputs,
): SearchLosses {
  const gate = gates(alphas, options);
  const passes = options.isConsistent ? [gate, maskGates(gate, inputs.gateMask)] : [gate];
  const states = network.forward(weights, inputs, tf.stack(passes) as tf.Tensor2D); // [P·B, D]
  const [B, D] = [inputs.readout.shape[0], states.shape[1]];
  const open = states.slice([0, 0], [B, D]);
  const ce = crossEntropy(head.logits(weights, open), inputs.targets);
  if (!options.isConsistent) return { loss: ce, crossEntropy: ce, consistency: tf.scalar(0) };
  const masked = states.slice([B, 0], [B, D]);
  const consistency = open.sub(masked).square().mean().asScalar();
  return { loss: ce.add(consistency.mul(options.consistencyWeight)), crossEntropy: ce, consistency };
}
