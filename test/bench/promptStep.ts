/** Our side of the benchmark: one deep-prompt-tuning step on a frozen RoBERTa of random weights. */

import * as tf from "@tensorflow/tfjs";
import { parseRobertaConfig, robertaModel, robertaWeightShapes } from "../../lib/backbone/roberta.js";
import { AdamW, jit } from "../../lib/engine/index.js";
import { createRandom } from "../../lib/random.js";
import type { BenchSize } from "./sizes.js";

const LEARNING_RATE = 1e-3;

/** Prepares the step: forward, backward to the prompts of every layer, AdamW. Each call runs one and returns its loss. */
export function createPromptStep(size: BenchSize): () => Promise<number> {
  const { batchSize: B, textLength: T, promptLength: l, hiddenSize: D, layerCount: L } = size;
  const config = parseRobertaConfig(
    {
      model_type: "roberta",
      num_hidden_layers: L,
      hidden_size: D,
      num_attention_heads: size.headCount,
      intermediate_size: size.intermediateSize,
      vocab_size: size.vocabSize,
      max_position_embeddings: T + 2,
      type_vocab_size: 1,
      pad_token_id: 1,
      layer_norm_eps: 1e-5,
      hidden_act: "gelu",
    },
    "bench",
  );
  const random = createRandom(1);
  const draw = (shape: readonly number[], name: string): tf.Tensor => {
    const isScale = /(LayerNorm|layer_norm)\.weight$/.test(name);
    const count = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Float32Array.from({ length: count }, () => (isScale ? 1 : 0.04 * (random.uniform() - 0.5))),
      [...shape],
    );
  };
  const shapes = Object.entries(robertaWeightShapes(config));
  const model = robertaModel(config, Object.fromEntries(shapes.map(([name, shape]) => [name, draw(shape, name)])));
  const prompts = Object.fromEntries(
    Array.from({ length: L }, (_, layer) => [`prompt${layer}`, tf.variable(draw([1, l, D], "prompt"))]),
  );
  const optimizer = new AdamW(prompts, { weightDecay: 0 });
  const inputs = {
    inputIds: tf.tensor2d(
      Int32Array.from({ length: B * T }, () => 5 + random.integer(size.vocabSize - 5)),
      [B, T],
      "int32",
    ),
    attentionMask: tf.ones([B, T], "int32"),
    maskRows: tf.tensor1d(
      Int32Array.from({ length: B }, (_, index) => index * (l + T) + l + T - 2),
      "int32",
    ),
    targets: tf
      .oneHot(
        tf.tensor1d(
          Int32Array.from({ length: B }, (_, index) => index % 2),
          "int32",
        ),
        2,
      )
      .cast("float32"),
    learningRate: tf.scalar(LEARNING_RATE),
  };
  const step = jit((batch: typeof inputs) => {
    const loss = (): tf.Scalar => {
      const mask = tf.concat([tf.ones([B, l], "int32"), batch.attentionMask], 1) as tf.Tensor2D;
      const bias = model.attentionBias(mask, l);
      let text = model.embed(batch.inputIds, batch.attentionMask as tf.Tensor2D); // [B, T, D]
      let hidden = text;
      for (const [layer, prompt] of Object.values(prompts).entries()) {
        hidden = model.layer(layer, tf.concat([prompt.tile([B, 1, 1]), text], 1) as tf.Tensor3D, bias); // [B, l + T, D]
        text = hidden.slice([0, l, 0], [B, T, D]);
      }
      const rows = tf.gather(hidden.reshape([B * (l + T), D]), batch.maskRows) as tf.Tensor2D; // [B, D]
      return model.logits(rows, [7, 11]).logSoftmax().mul(batch.targets).sum().neg().div(B) as tf.Scalar;
    };
    const { value, grads } = tf.variableGrads(loss, Object.values(prompts));
    optimizer.apply(
      Object.fromEntries(Object.entries(prompts).map(([name, prompt]) => [name, grads[prompt.name] as tf.Tensor])),
      batch.learningRate,
    );
    return { loss: value as tf.Tensor };
  });
  return async () => {
    const { loss } = await step(inputs);
    const [value] = await loss.data();
    loss.dispose();
    return value ?? Number.NaN;
  };
}
