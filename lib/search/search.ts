/** The search: which layers should have a prompt? Trains all generators and their gates together. */

import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { AdamW } from "../engine/index.js";
import { createHead } from "../prompt/clozeHead.js";
import { PromptHypernetwork } from "../prompt/promptHypernetwork.js";
import { countParameters, createVariables, disposeWeights, prefixed, type Weights } from "../prompt/weights.js";
import { createRandom, type Random } from "../random.js";
import type { RunRecord } from "../runRecord.js";
import { splitForSearch } from "../task/fewShot.js";
import type { Example, TrainingData } from "../task/task.js";
import { createVerbalizer } from "../task/verbalizer.js";
import { type Batch, ExampleStream, TaskReader } from "../train/batches.js";
import { saveCheckpoint, WEIGHTS_FILE } from "../train/checkpoint.js";
import { createOptimizer, learningRateAt } from "../train/config.js";
import { readScalar } from "../train/gradients.js";
import { identify, Run, type RunOptions } from "../train/run.js";
import { trainedParameters } from "../train/tunableModel.js";
import { BilevelOptimizer } from "./bilevel.js";
import { resolveSearchConfig, type SearchConfig, type SearchConfigInput } from "./config.js";
import { searchLoss } from "./searchLoss.js";

/** What a search takes. */
export interface SearchOptions extends RunOptions {
  readonly backbone: Backbone;
  /** Only `train` is read; half of it trains the weights, half the gates. */
  readonly data: TrainingData;
  readonly config?: SearchConfigInput;
  /** Default 1. */
  readonly seed?: number;
  /** Called after each step, for live figures; must return quickly. */
  readonly onStep?: (snapshot: SearchSnapshot) => void;
}

/** A search so far; the curves go on growing, so copy what is kept. */
export interface SearchSnapshot {
  /** Finished steps. */
  readonly step: number;
  readonly totalSteps: number;
  readonly curves: SearchCurves;
}

/** One value per step. */
export type SearchCurves = {
  /** Loss on a batch of D_omega before the step on the weights. */
  readonly trainLoss: number[];
  /** Loss on a batch of D_alpha before the step on the gates. */
  readonly validLoss: number[];
  /** Gates after the step, [step][layer]. */
  readonly gates: number[][];
};

/** The record of a search. */
export interface SearchRecord extends RunRecord {
  readonly config: SearchConfig & Record<string, unknown>;
  readonly curves: SearchCurves;
  /** Gates after the last step, one per layer. */
  readonly gates: readonly number[];
}

/**
 * Trains the hyper-network's generators (omega) and gates (alpha) on two halves of `data.train`, one step each in turn.
 *
 * @returns  the record, also written to `<runDirectory>/<id>/record.json`; trained weights lie beside it
 * @throws ConfigError  when a setting is out of range; DataError, when a label word is not one token or data are too few
 * @source Zhu & Tan 2023 (SPT-DARTS); METHOD.md, sections 3 and 4
 */
export async function search(options: SearchOptions): Promise<SearchRecord> {
  const { backbone, data, seed = 1, onStep } = options;
  const config = resolveSearchConfig(options.config, backbone.config);
  const run = new Run(identify("search", { backbone, data, seed, config }), options);
  const finished = await run.finishedRecord<SearchRecord>();
  if (finished !== undefined) return finished;

  const L = backbone.config.layerCount;
  const random = createRandom(seed);
  const network = new PromptHypernetwork(backbone, { ...config, layers: [...Array(L).keys()] });
  const { tokenIds } = createVerbalizer(backbone.tokenizer, data.task.labelWords);
  const head = createHead(config.head, backbone, tokenIds);
  const reader = new TaskReader({ backbone, task: data.task, config });
  const streamOf = (examples: readonly Example[], name: string) =>
    new ExampleStream(reader.encode(examples), config.batchSize, random.fork(name));
  const { forWeights, forAlphas } = splitForSearch(data.train, { seed, weightsShare: config.weightsShare });
  const trainStream = streamOf(config.isSingleLevel ? data.train : forWeights, "D_omega");
  const validStream = config.isSingleLevel ? trainStream : streamOf(forAlphas, "D_alpha");

  const weights = createVariables({ ...network.initialWeights(random), ...head.initialWeights(random.fork("head")) });
  const alphas = tf.tidy(() => tf.variable(tf.zeros([L]))); // every gate is 1/2
  const weightsOptimizer = createOptimizer(weights, config);
  const alphasOptimizer = new AdamW({ alphas }, { betas: config.alphaBetas, weightDecay: 0 });
  const loss = (current: Weights, logits: tf.Tensor, batch: SearchBatch) =>
    searchLoss(network, head, config, current, logits, batch);
  const bilevel = new BilevelOptimizer({
    problem: { trainLoss: loss, validLoss: loss },
    weights,
    alphas,
    weightsOptimizer,
    alphasOptimizer,
    order: config.order,
    secondOrder: config.secondOrder,
  });

  const curves: SearchCurves = { trainLoss: [], validLoss: [], gates: [] };
  const variables = {
    ...prefixed("weights.", weights),
    alphas,
    ...prefixed("weightsOptimizer.", weightsOptimizer.state()),
    ...prefixed("alphasOptimizer.", alphasOptimizer.state()),
  };
  const learningRate = learningRateAt(config);
  const status = await run.advance(config.steps, { variables, curves }, async (step) => {
    const mask = (level: string) => drawGateMask(L, config.maskRate, random.fork(`mask of ${level} ${step}`));
    const train = { ...reader.batch(trainStream.batchAt(step)), gateMask: mask("D_omega") };
    const valid = { ...reader.batch(validStream.batchAt(step)), gateMask: mask("D_alpha") };
    const alphaStep = await bilevel.stepAlphas(valid, train, config.alphaLearningRate, learningRate(step));
    const weightStep = await bilevel.stepWeights(train, learningRate(step));
    const trainLoss = await readScalar(weightStep.loss);
    const validLoss = await readScalar(alphaStep.loss);
    curves.trainLoss.push(trainLoss);
    curves.validLoss.push(validLoss);
    curves.gates.push([...((await alphaStep.gates?.data()) ?? [])]);
    tf.dispose([train, valid, alphaStep, weightStep]);
    onStep?.({ step: step + 1, totalSteps: config.steps, curves });
    return { trainLoss, validLoss };
  });

  if (status === "completed") await saveCheckpoint(join(run.directory, WEIGHTS_FILE), { ...weights, alphas });
  const generators = trainedParameters(network, head);
  const parameterFormula = { text: `${generators.text} + ${L} gates`, count: generators.count + L };
  const parameterCount = countParameters(weights) + L;
  const metrics = {
    trainLoss: curves.trainLoss.at(-1) ?? Number.NaN,
    validLoss: curves.validLoss.at(-1) ?? Number.NaN,
  };
  const gates = curves.gates.at(-1) ?? Array<number>(L).fill(0.5);
  bilevel.dispose();
  disposeWeights(variables);
  return run.finish<SearchRecord>(status, { parameterCount, parameterFormula, metrics, gates, curves });
}

/** A batch, and the gates that its second pass keeps. */
type SearchBatch = Batch & { readonly gateMask: tf.Tensor1D };

function drawGateMask(layerCount: number, rate: number, random: Random): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: layerCount }, () => (random.uniform() < rate ? 1 : 0)));
}
