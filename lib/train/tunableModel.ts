/** What a method makes of a backbone: a model with a few trained weights, which training and evaluation drive. */

import type * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import type { Model } from "../backbone/family.js";
import type { Head } from "../prompt/clozeHead.js";
import type { Weights } from "../prompt/weights.js";
import type { Random } from "../random.js";

/** What a forward pass reads of a batch. */
export interface ModelInputs {
  /** [B, T] int32 */
  readonly inputIds: tf.Tensor2D;
  /** [B, T] int32 */
  readonly attentionMask: tf.Tensor2D;
  /** [B, l, T]; see `poolingMatrices` */
  readonly pooling: tf.Tensor3D;
  /** [B, 1, T], 1 at the position whose state the head reads and 0 elsewhere */
  readonly readout: tf.Tensor3D;
  /** What the model's frozen part gives for this batch, where it is known already: see `FrozenPart.input`. */
  readonly text?: tf.Tensor3D;
  /** The same for a frozen part that gives a vector per example, [B, D] */
  readonly sentence?: tf.Tensor2D;
}

/** How many numbers a method trains, as its paper counts them; the head's are not among them. */
export interface ParameterFormula {
  /** In the letters of METHOD.md and with numbers, such as "K(2Dm + m + D) = 3(2·192·24 + 24 + 192)". */
  readonly text: string;
  readonly count: number;
}

/** A computation that depends on no trained weight, and so may be done once per example. */
export interface FrozenPart {
  /** What sets it apart from others of the same backbone. */
  readonly key: string | number;
  /** Where a batch carries it: "text", states of every token [B, T, D], or "sentence", a vector per example [B, D]. */
  readonly input: "text" | "sentence";
  compute(batch: Pick<ModelInputs, "inputIds" | "attentionMask" | "readout">): tf.Tensor;
}

/** A backbone with trained weights. B examples, T tokens, D hidden size. */
export interface TunableModel {
  readonly backbone: Backbone;
  readonly parameters: ParameterFormula;
  /** Undefined where nothing, or no more than the embedding, comes before the trained weights. */
  readonly frozenPart: FrozenPart | undefined;
  /** Weights to start from, by name; those of one axis do not decay. */
  initialWeights(random: Random): Record<string, tf.Tensor>;
  /** Last-layer states that `readout` picks, [B, D], in tfjs operations. */
  forward(weights: Weights, batch: ModelInputs): tf.Tensor2D;
  /** What the head reads these states with: the backbone's own, unless its weights are trained. */
  headModel(weights: Weights): Pick<Model, "logits" | "finalNorm">;
}

/** Class logits of a batch, [B, C]. */
export function classLogits(model: TunableModel, head: Head, weights: Weights, batch: ModelInputs): tf.Tensor2D {
  return head.logits(weights, model.forward(weights, batch), model.headModel(weights));
}

/** What a model and its head train together. */
export function trainedParameters({ backbone, parameters }: TunableModel, head: Head): ParameterFormula {
  if (head.kind === "cloze") return parameters;
  const [D, C] = [backbone.config.hiddenSize, head.classCount];
  return { text: `${parameters.text} + head D·C + C = ${D}·${C} + ${C}`, count: parameters.count + D * C + C };
}

/** States of the text that enter layer `layer` of a frozen backbone, [B, T, D]. */
export function statesEntering(
  backbone: Backbone,
  layer: number,
  { inputIds, attentionMask }: Pick<ModelInputs, "inputIds" | "attentionMask">,
): tf.Tensor3D {
  const bias = backbone.attentionBias(attentionMask, 0);
  let text = backbone.embed(inputIds, attentionMask); // [B, T, D]
  for (let below = 0; below < layer; below++) text = backbone.layer(below, text, bias);
  return text;
}

/** The layers below `layer` as a frozen part; nothing below the first. */
export function layersBelow(backbone: Backbone, layer: number): FrozenPart | undefined {
  if (layer === 0) return undefined;
  return { key: layer, input: "text", compute: (batch) => statesEntering(backbone, layer, batch) };
}
