/** Pre-trains a RoBERTa masked language model on plain text: shallow first, then deeper by stacking copies of its layers. */

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { parseRobertaConfig, type RobertaConfig } from "../backbone/roberta.js";
import { CheckpointError } from "../errors.js";
import type { OnProgress } from "../progress.js";
import { createRandom, type Random } from "../random.js";
import { type ClozeSource, loadAuxiliary } from "./auxiliary.js";
import { trainByteLevelBpe } from "./byteLevelBpeTrainer.js";
import {
  type CurvePoint,
  type RunPosition,
  readCheckpoint,
  restoreOptimizer,
  type StoredRun,
  writeCheckpoint,
} from "./checkpoint.js";
import { countChunks } from "./chunk.js";
import { type PretrainConfig, type PretrainOptions, resolvePretrainConfig } from "./config.js";
import { listCorpusFiles } from "./corpus.js";
import { configJson, exportModel } from "./exportModel.js";
import { loadGlove } from "./glove.js";
import { initialWeights, stackLayers, startFromWordVectors, type WeightValues } from "./initialWeights.js";
import { MaskedLm, type StepResult } from "./maskedLm.js";
import { type MlmBatch, maskedCount, maskRows, RowReader, type SpecialIds } from "./mlmBatch.js";
import { modelCard } from "./modelCard.js";
import { learningRateAt, phaseAt } from "./phases.js";
import { MASK_TOKEN, SPECIAL_TOKENS, type TokenizerFile } from "./tokenizerFile.js";
import { buildTokenStream, createChunkEncoder, type TokenStream } from "./tokenStream.js";
import { type UnigramBaseline, unigramBaseline } from "./unigramBaseline.js";
import { trainWordPiece } from "./wordPieceTrainer.js";

/** What a run returns and leaves in `record.json`. */
export interface PretrainRecord {
  readonly status: "finished" | "stopped";
  readonly config: PretrainConfig;
  readonly layers: number;
  readonly steps: number;
  readonly tokens: number;
  readonly minutes: number;
  readonly unigram: UnigramBaseline;
  readonly curve: readonly CurvePoint[];
}

/** How a run is watched and stopped. */
export interface PretrainControls {
  /** Stops after the running step, with a checkpoint; a later run with `isResumed` goes on from there. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Continues from the checkpoint in `output`, if there is one. */
  readonly isResumed?: boolean;
  /** Receives one line for each stage of preparation, evaluation and checkpoint. */
  readonly log?: (line: string) => void;
  /** Seconds, for the length of the run; a run of `steps` does not depend on it. */
  readonly clock?: () => number;
}

/**
 * Runs pre-training and leaves in `output`: tokenizer.json, the encoded corpus, checkpoint.safetensors, record.json and `model/`,
 * a Hugging Face folder that `loadBackbone` reads (refreshed with every checkpoint).
 *
 * @throws ConfigError, DataError, CheckpointError  before training starts
 */
export async function pretrain(options: PretrainOptions, controls: PretrainControls = {}): Promise<PretrainRecord> {
  const config = resolvePretrainConfig(options);
  const { signal, onProgress, log = () => undefined, clock = () => performance.now() / 1000 } = controls;
  const random = createRandom(config.seed);
  const data = await prepareData(config, log);
  const checkpointPath = join(config.output, "checkpoint.safetensors");
  const stored = controls.isResumed ? await readCheckpoint(checkpointPath) : undefined;
  if (stored && stored.position.seed !== config.seed) {
    throw new CheckpointError(
      `The checkpoint was made with seed ${stored.position.seed}; got ${config.seed}. Use the same seed.`,
      {},
    );
  }
  let { model, position } = stored ? resume(config, stored) : await begin(config, data, random, log);
  const reader = new RowReader(
    data.stream.train,
    data.ids,
    random.fork("rows"),
    config.rowLength - 2,
    position.rowCursor,
  );
  const heldOut = heldOutBatches(config, data, random);
  const unigram = unigramBaseline(data.stream.train, heldOut, data.ids.vocabSize);
  log(`unigram baseline: held-out loss ${unigram.loss.toFixed(3)}, accuracy ${unigram.accuracy.toFixed(4)}`);

  const startedAt = clock() - position.elapsedSeconds;
  const progressNow = (): number =>
    config.steps === undefined ? (clock() - startedAt) / 60 / (config.minutes ?? 1) : position.step / config.steps;
  let savedAt = clock();
  let recent = new RecentLosses();
  const save = async (): Promise<void> => {
    position = { ...position, elapsedSeconds: clock() - startedAt, rowCursor: reader.cursor };
    await writeCheckpoint(checkpointPath, model, position);
    const record = recordOf(
      config,
      position,
      model.config.layerCount,
      unigram,
      signal?.aborted ? "stopped" : "finished",
    );
    await writeWhole(join(config.output, "record.json"), `${JSON.stringify(record, null, 2)}\n`);
    await exportModel(
      join(config.output, "model"),
      model.config,
      await model.values(),
      data.tokenizer,
      modelCard(record, data.cardNotes),
    );
    savedAt = clock();
  };

  while (!signal?.aborted && progressNow() < 1) {
    const progress = progressNow();
    const phase = phaseAt(config, progress);
    if (phase !== position.phase) {
      await save();
      model = await deepen(config, model, config.layersSchedule[phase] ?? 1);
      position = { ...position, phase, stepInPhase: 0 };
      log(`step ${position.step}: stacked to ${model.config.layerCount} layers`);
    }
    const batch = trainingBatch(config, data, reader, position, random);
    const result = await model.step(batch, learningRateAt(config, progress, phase, position.stepInPhase));
    recent.add(result);
    const [B, T] = batch.shape;
    position = {
      ...position,
      step: position.step + 1,
      stepInPhase: position.stepInPhase + 1,
      tokens: position.tokens + B * T,
    };
    const seconds = clock() - startedAt;
    onProgress?.({
      stage: "pretrain",
      step: position.step,
      totalSteps: config.steps ?? Math.round(position.step / Math.max(1e-9, Math.min(1, progressNow()))),
      etaSeconds: (seconds / Math.max(1e-9, progressNow())) * Math.max(0, 1 - progressNow()),
      metrics: {
        trainLoss: result.loss,
        clozeLoss: result.clozeLoss,
        gradNorm: result.gradNorm,
        tokens: position.tokens,
        layers: model.config.layerCount,
      },
    });
    if (position.step % config.evaluateEverySteps === 0) {
      const point = await evaluationPoint(model, heldOut, position, recent, (clock() - startedAt) / 60);
      position = { ...position, curve: [...position.curve, point] };
      recent = new RecentLosses();
      log(describePoint(point));
    }
    if (clock() - savedAt > config.checkpointEveryMinutes * 60) await save();
    await new Promise((resolve) => setImmediate(resolve)); // lets signals and timers in
  }

  const point = await evaluationPoint(model, heldOut, position, recent, (clock() - startedAt) / 60);
  const last = position;
  position = { ...last, curve: [...last.curve, point] };
  const record = recordOf(config, position, model.config.layerCount, unigram, signal?.aborted ? "stopped" : "finished");
  // A stopped run's extra evaluation is not stored, so that resuming gives the curve of a run that was never stopped.
  if (signal?.aborted) position = last;
  await save();
  if (!signal?.aborted) log(describePoint(point));
  model.dispose();
  return record;
}

interface PreparedData {
  readonly tokenizer: TokenizerFile;
  readonly ids: SpecialIds;
  readonly stream: TokenStream;
  readonly auxiliary: ClozeSource | undefined;
  readonly cardNotes: string;
}

async function prepareData(config: PretrainConfig, log: (line: string) => void): Promise<PreparedData> {
  await mkdir(config.output, { recursive: true });
  const files = await listCorpusFiles(config.corpus);
  const tokenizer = await ensureTokenizer(config, files, log);
  const { vocab } = tokenizer.model;
  const [begin, pad, end] = SPECIAL_TOKENS.map((token) => vocab[token] ?? 0) as [number, number, number];
  const ids = { begin, pad, end, mask: vocab[MASK_TOKEN] ?? 0, vocabSize: Object.keys(vocab).length };
  const stream = await buildTokenStream(files, tokenizer, {
    folder: config.output,
    seed: config.seed,
    heldOutShare: config.heldOutShare,
  });
  log(
    `${files.length} corpus files, ${stream.train.length} training tokens, ${stream.heldOut.length} held out, vocabulary ${ids.vocabSize}`,
  );
  const wantsAuxiliary = config.auxiliary !== undefined || config.sortedText.length > 0;
  const auxiliary = wantsAuxiliary
    ? await loadAuxiliary(
        { folder: config.auxiliary, sortedText: config.sortedText, stream: stream.train },
        createChunkEncoder(tokenizer),
        ids,
      )
    : undefined;
  const cardNotes = config.cardNotes === undefined ? "" : await readFile(config.cardNotes, "utf8");
  return { tokenizer, ids, stream, auxiliary, cardNotes };
}

async function ensureTokenizer(
  config: PretrainConfig,
  files: readonly string[],
  log: (line: string) => void,
): Promise<TokenizerFile> {
  const path = join(config.output, "tokenizer.json");
  const stored = await readFile(path, "utf8").catch(() => undefined);
  if (stored !== undefined) return JSON.parse(stored) as TokenizerFile;
  log(`training a ${config.tokenizer} vocabulary of ${config.vocabSize}`);
  const train = config.tokenizer === "bpe" ? trainByteLevelBpe : trainWordPiece;
  const tokenizer = train(await countChunks(files), { vocabSize: config.vocabSize });
  await writeWhole(path, JSON.stringify(tokenizer));
  return tokenizer;
}

function robertaConfig(config: PretrainConfig, vocabSize: number, layerCount: number): RobertaConfig {
  const json = configJson({
    family: "roberta",
    clozePosition: "mask",
    layerCount,
    hiddenSize: config.hiddenSize,
    headCount: config.headCount,
    vocabSize,
    maxLength: config.maxLength,
    padTokenId: 1,
    intermediateSize: config.intermediateSize,
    layerNormEps: 1e-5,
    positionCount: config.maxLength + 2,
    typeVocabSize: 1,
    isTied: true,
  });
  return parseRobertaConfig(json, "the pre-training settings");
}

function buildModel(config: PretrainConfig, weights: WeightValues, layerCount: number): MaskedLm {
  const vocabSize = weights["lm_head.bias"]?.shape[0] ?? 0;
  return new MaskedLm(robertaConfig(config, vocabSize, layerCount), weights, {
    weightDecay: config.weightDecay,
    clipNorm: config.clipNorm,
    betas: [config.beta1, config.beta2],
    clozeWeight: config.clozeWeight,
  });
}

async function begin(
  config: PretrainConfig,
  data: PreparedData,
  random: Random,
  log: (line: string) => void,
): Promise<{ model: MaskedLm; position: RunPosition }> {
  const [layerCount = 1] = config.layersSchedule;
  const weights = initialWeights(robertaConfig(config, data.ids.vocabSize, layerCount), random.fork("weights"));
  if (config.isGlove) {
    const { vocab } = data.tokenizer.model;
    const vectors = await loadGlove(join(config.output, "glove"), new Set(Object.keys(vocab)));
    log(
      `${startFromWordVectors(weights, vocab, vectors)} of ${data.ids.vocabSize} word embeddings start from GloVe vectors`,
    );
  }
  const position = {
    step: 0,
    phase: 0,
    stepInPhase: 0,
    elapsedSeconds: 0,
    tokens: 0,
    rowCursor: 0,
    seed: config.seed,
    curve: [],
  };
  return { model: buildModel(config, weights, layerCount), position };
}

function resume(config: PretrainConfig, stored: StoredRun): { model: MaskedLm; position: RunPosition } {
  const { position } = stored;
  const layerCount = Object.keys(stored.weights).filter((name) => name.endsWith(".intermediate.dense.bias")).length;
  if (layerCount !== config.layersSchedule[position.phase]) {
    throw new CheckpointError(
      `The checkpoint has ${layerCount} layers in phase ${position.phase + 1}, where layersSchedule says ${config.layersSchedule[position.phase]}. Resume with the settings of the first run.`,
      { layerCount, layersSchedule: config.layersSchedule },
    );
  }
  const model = buildModel(config, stored.weights, layerCount);
  restoreOptimizer(model, stored.optimizer, (values, shape) => tf.tensor(values, shape));
  return { model, position };
}

async function deepen(config: PretrainConfig, model: MaskedLm, layerCount: number): Promise<MaskedLm> {
  const weights = stackLayers(await model.values(), layerCount);
  model.dispose();
  return buildModel(config, weights, layerCount);
}

function trainingBatch(
  config: PretrainConfig,
  data: PreparedData,
  reader: RowReader,
  position: RunPosition,
  random: Random,
): MlmBatch {
  const stepRandom = random.fork(`step ${position.step}`);
  const isLong = config.longRowEvery > 0 && position.step % config.longRowEvery === config.longRowEvery - 1;
  const length = isLong ? config.maxLength : config.rowLength;
  const rowCount = Math.max(1, Math.round((config.batchSize * config.rowLength) / length));
  const clozeCount = data.auxiliary ? Math.round((config.auxiliaryShares[position.phase] ?? 0) * rowCount) : 0;
  const clozeRows = data.auxiliary?.(clozeCount, length, stepRandom) ?? [];
  const rows = [...clozeRows, ...reader.next(rowCount - clozeCount, length)];
  return maskRows(rows, length, maskedCount(rowCount, length, config.maskShare), data.ids, stepRandom);
}

function heldOutBatches(config: PretrainConfig, data: PreparedData, random: Random): MlmBatch[] {
  const { batchSize, rowLength, maskShare } = config;
  const reader = new RowReader(data.stream.heldOut, data.ids, random.fork("held-out rows"), rowLength - 2);
  const masks = random.fork("held-out masks");
  return Array.from({ length: config.heldOutBatches }, () =>
    maskRows(
      reader.next(batchSize, rowLength),
      rowLength,
      maskedCount(batchSize, rowLength, maskShare),
      data.ids,
      masks,
    ),
  );
}

/** Mean losses since the last evaluation. */
class RecentLosses {
  private count = 0;
  private loss = 0;
  private clozeCount = 0;
  private cloze = 0;

  add({ loss, clozeLoss }: StepResult): void {
    this.count++;
    this.loss += loss;
    if (Number.isNaN(clozeLoss)) return;
    this.clozeCount++;
    this.cloze += clozeLoss;
  }

  means(): { trainLoss: number; clozeLoss: number | null } {
    return {
      trainLoss: this.loss / this.count,
      clozeLoss: this.clozeCount === 0 ? null : this.cloze / this.clozeCount,
    };
  }
}

async function evaluationPoint(
  model: MaskedLm,
  heldOut: readonly MlmBatch[],
  position: RunPosition,
  recent: RecentLosses,
  minutes: number,
): Promise<CurvePoint> {
  const { loss, accuracy } = await model.evaluate(heldOut);
  const { step, tokens } = position;
  return {
    step,
    tokens,
    minutes,
    layers: model.config.layerCount,
    ...recent.means(),
    heldOutLoss: loss,
    heldOutAccuracy: accuracy,
  };
}

function describePoint(point: CurvePoint): string {
  const cloze = point.clozeLoss === null ? "" : `, cloze ${point.clozeLoss.toFixed(3)}`;
  return (
    `step ${point.step} (${point.layers} layers, ${(point.tokens / 1e6).toFixed(2)} M tokens, ${point.minutes.toFixed(1)} min): ` +
    `train ${point.trainLoss.toFixed(3)}${cloze}, held-out ${point.heldOutLoss.toFixed(3)}, accuracy ${point.heldOutAccuracy.toFixed(4)}`
  );
}

function recordOf(
  config: PretrainConfig,
  position: RunPosition,
  layers: number,
  unigram: UnigramBaseline,
  status: PretrainRecord["status"],
): PretrainRecord {
  const { step, tokens, elapsedSeconds, curve } = position;
  return { status, config, layers, steps: step, tokens, minutes: elapsedSeconds / 60, unigram, curve };
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
