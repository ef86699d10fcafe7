/** What a backbone's frozen features show of a task, beside features that need no backbone. */

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../backbone/backbone.js";
import { modelOver } from "../backbone/loadBackbone.js";
import { createRandom } from "../random.js";
import { type Classifier, trainMajority, trainNaiveBayes } from "../task/simpleClassifiers.js";
import type { TaskData } from "../task/task.js";
import { loadGlove } from "./glove.js";
import { startFromWordVectors } from "./initialWeights.js";
import { type FeatureRows, probeAccuracy } from "./linearProbe.js";
import { clozeTexts, layerMeans, type PooledText, wholeTexts, wordsOf, wordVectorMeans } from "./pooledFeatures.js";

/** One line of the table. */
export interface ProbeResult {
  readonly task: string;
  readonly features: string;
  /** On the test split. */
  readonly accuracy: number;
}

/** What is probed besides the backbone's layers. */
export interface ProbeOptions {
  /** Layers whose states are probed: 0 is the embedding output. Default: every quarter of the depth. */
  readonly layers?: readonly number[];
  /** Folder of the GloVe package, fetched when it is not there; undefined leaves the GloVe line out. */
  readonly gloveFolder?: string;
  /** Seed of the random backbone's weights. */
  readonly seed?: number;
  /** Receives each line as soon as it is measured. */
  readonly onResult?: (result: ProbeResult) => void;
}

/**
 * Test accuracy of linear probes on the states of the backbone's layers, averaged over the text and where the task's cloze is answered; of a random backbone of the same shape (word embeddings from GloVe
 * where `gloveFolder` is given), and on averaged GloVe vectors; and of naive Bayes and the majority class.
 */
export async function probeTask(
  backbone: Backbone,
  data: TaskData,
  options: ProbeOptions = {},
): Promise<ProbeResult[]> {
  const { layerCount } = backbone.config;
  const layers = options.layers ?? [
    ...new Set([0, 1, 2, 3, 4].map((quarter) => Math.round((quarter * layerCount) / 4))),
  ];
  const results: ProbeResult[] = [];
  const add = (features: string, accuracy: number): void => {
    const result = { task: data.id, features, accuracy };
    results.push(result);
    options.onResult?.(result);
  };
  add("majority class", testAccuracy(data, trainMajority(data.train)));
  add("naive Bayes on words and pairs of words", testAccuracy(data, trainNaiveBayes(data.train)));
  const splits = [data.train, data.dev, data.test.open("probe")] as const;
  let vectors = new Map<string, Float32Array>();
  if (options.gloveFolder !== undefined) {
    vectors = await loadGlove(options.gloveFolder, new Set(splits.flatMap((rows) => rows.flatMap(wordsOf))));
    const [train, dev, test] = splits.map((rows) => wordVectorMeans(rows, vectors)) as [
      FeatureRows,
      FeatureRows,
      FeatureRows,
    ];
    add("averaged GloVe vectors", probeAccuracy(train, dev, test).accuracy);
  }
  const random = randomBackbone(backbone, vectors, options.seed ?? 13);
  for (const [name, probed] of [
    ["random backbone", random],
    ["backbone", backbone],
  ] as const) {
    const means = await probeSplits(
      probed,
      splits.map((rows) => wholeTexts(probed, rows)),
      layers,
    );
    for (const layer of layers) add(`${name}, mean of layer ${layer}`, means.get(layer) ?? Number.NaN);
    const states = await probeSplits(
      probed,
      splits.map((rows) => clozeTexts(probed, data.task, rows)),
      layers,
    );
    for (const layer of layers) add(`${name}, cloze state of layer ${layer}`, states.get(layer) ?? Number.NaN);
  }
  tf.dispose(random.weights);
  return results;
}

/** Test accuracy by layer; `splits` are train, dev and test. */
async function probeSplits(
  backbone: Backbone,
  splits: readonly (readonly PooledText[])[],
  layers: readonly number[],
): Promise<Map<number, number>> {
  const byLayer: Map<number, FeatureRows>[] = [];
  for (const texts of splits) byLayer.push(await layerMeans(backbone, texts, layers));
  return new Map(
    layers.map((layer) => {
      const [train, dev, test] = byLayer.map((split) => split.get(layer)) as [FeatureRows, FeatureRows, FeatureRows];
      return [layer, probeAccuracy(train, dev, test).accuracy];
    }),
  );
}

/** A backbone of the same shape with random weights; words with a vector start from it. */
function randomBackbone(backbone: Backbone, vectors: ReadonlyMap<string, Float32Array>, seed: number): Backbone {
  const random = createRandom(seed);
  const values = Object.fromEntries(
    Object.entries(backbone.weights).map(([name, { shape, size }]) => {
      const stream = random.fork(name);
      const data = new Float32Array(size);
      if (/(LayerNorm|layer_norm)\.weight$/.test(name)) data.fill(1);
      else if (!name.endsWith("bias")) for (let i = 0; i < size; i++) data[i] = 0.02 * stream.normal();
      return [name, { shape, values: data }];
    }),
  );
  const ids = [...vectors.keys()].flatMap((word) => {
    const id = backbone.tokenizer.tokenId(word);
    return id === undefined ? [] : [[word, id] as const];
  });
  startFromWordVectors(values, Object.fromEntries(ids), vectors);
  const weights = Object.fromEntries(
    Object.entries(values).map(([name, w]) => [name, tf.tensor(w.values, [...w.shape])]),
  );
  return { ...backbone, ...modelOver(backbone, weights), weights };
}

function testAccuracy(data: TaskData, classify: Classifier): number {
  const test = data.test.open("probe");
  return test.filter((example) => classify(example) === example.label).length / test.length;
}
