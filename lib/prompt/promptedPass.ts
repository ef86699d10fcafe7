/** A forward pass with prompt rows in front of the text, whatever they are made from. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";

/** What the pass reads. */
export interface PromptedInputs {
  /** States of the text that enter the first layer of the pass, [B, T, D] */
  readonly text: tf.Tensor3D;
  /** [B, T] int32 */
  readonly attentionMask: tf.Tensor2D;
  /** [B, 1, T], 1 at the position whose state is read */
  readonly readout: tf.Tensor3D;
  /** l */
  readonly promptLength: number;
  readonly firstLayer: number;
}

/**
 * The prompt rows that enter a layer, [B, l, D].
 *
 * @param prompt  what the layer below left in the prompt rows; undefined at the first layer
 * @param text    states of the text that enter the layer, [B, T, D]
 */
export type RenewPrompt = (layer: number, prompt: tf.Tensor3D | undefined, text: tf.Tensor3D) => tf.Tensor3D;

/** Runs the layers from `firstLayer` up over l prompt rows and the text: last-layer states that `readout` picks, [B, D]. */
export function promptedPass(backbone: Backbone, inputs: PromptedInputs, renew: RenewPrompt): tf.Tensor2D {
  const { attentionMask, readout, promptLength: l, firstLayer } = inputs;
  let { text } = inputs;
  let prompt: tf.Tensor3D | undefined;
  const [B, T, D] = text.shape;
  const bias = backbone.attentionBias(promptMask(attentionMask, l), l);
  const last = backbone.config.layerCount - 1;
  for (let layer = firstLayer; layer < last; layer++) {
    const hidden = backbone.layer(layer, tf.concat3d([renew(layer, prompt, text), text], 1), bias); // [B, l + T, D]
    prompt = hidden.slice([0, 0, 0], [B, l, D]);
    text = hidden.slice([0, l, 0], [B, T, D]);
  }
  const promptedReadout = tf.concat3d([tf.zeros([B, 1, l]), readout], 2); // -> [B, 1, l + T]
  const entering = tf.concat3d([renew(last, prompt, text), text], 1);
  return backbone.layer(last, entering, bias, promptedReadout).reshape([B, D]);
}

/** The mask of l prompt positions, all of them seen, and of the text behind them: [B, T] -> [B, l + T] int32. */
export function promptMask(attentionMask: tf.Tensor2D, promptLength: number): tf.Tensor2D {
  return tf.concat([tf.ones([attentionMask.shape[0], promptLength], "int32"), attentionMask], 1);
}
