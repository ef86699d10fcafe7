/** Run records: plain values that say what was run, on what, and what came out, written to `<runs>/<id>/record.json`. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { CheckpointError } from "./errors.js";
import type { ParameterFormula } from "./train/tunableModel.js";

/** What determines a run's numbers: the same identity, on the same machine, gives the same record. */
export interface RunIdentity {
  /** What ran: "search", "retrain", "evaluate", or the id of a method. */
  readonly kind: string;
  /** Every setting, defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly dataId: string;
  readonly dataHash: string;
  /** True for data that this project generated: say so wherever the numbers are shown. */
  readonly isSynthetic: boolean;
  readonly modelName: string;
  readonly modelHash: string;
  /** Precision of the model's matrices in memory. No part of the id: where it changes numbers, the hash differs, too. */
  readonly modelWeights: string;
}

/** One value per step (or per evaluation), by name. */
export type Curves = Readonly<Record<string, readonly (number | readonly number[])[]>>;

/** The record of a run. */
export interface RunRecord extends RunIdentity {
  /** Kind, data and the first eight digits of the identity's hash. */
  readonly id: string;
  /** Folder of the record and of what the run saved. */
  readonly directory: string;
  /** "stopped" runs were interrupted, and go on from their checkpoint when started with `resume`. */
  readonly status: "completed" | "stopped";
  readonly finishedSteps: number;
  /** Numbers that were trained. */
  readonly parameterCount: number;
  /** The same worked out from sizes, the head's among them. */
  readonly parameterFormula: ParameterFormula;
  readonly curves: Curves;
  readonly metrics: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly timing: {
    /** ISO 8601, of the first start */
    readonly startedAt: string;
    /** Computing time, over all resumptions */
    readonly seconds: number;
  };
}

/** The id of a run: the same for the same identity. */
export function runId({ modelWeights: _, ...identity }: RunIdentity): string {
  const hash = createHash("sha256").update(canonicalJson(identity)).digest("hex");
  return `${identity.kind}-${identity.dataId.replace(/[^\w.-]+/g, "-")}-${hash.slice(0, 8)}`;
}

/**
 * Writes `record.json` into the record's folder, whole or not at all. It and `readRecord` also add the folder's path to
 * the file that the environment variable SPTLAB_RECORD_LIST names: so `sptlab run` learns which runs a notebook rests on.
 */
export async function writeRecord(record: RunRecord): Promise<void> {
  await mkdir(record.directory, { recursive: true });
  const path = join(record.directory, "record.json");
  await writeFile(`${path}.tmp`, `${JSON.stringify(record, null, 1)}\n`);
  await rename(`${path}.tmp`, path);
  await listRecord(record.directory);
}

/**
 * The record in a run's folder.
 *
 * @returns  undefined when there is none
 * @throws CheckpointError  when it is not JSON
 */
export async function readRecord<R extends RunRecord>(directory: string): Promise<R | undefined> {
  const path = join(directory, "record.json");
  if (!existsSync(path)) return undefined;
  await listRecord(directory);
  try {
    return { ...(JSON.parse(await readFile(path, "utf8")) as R), directory };
  } catch (cause) {
    throw new CheckpointError(
      `${path} must be a run record; it is not JSON. Delete it to run again.`,
      { path },
      { cause },
    );
  }
}

/** Versions of what computed: this package, tfjs, its backend, and Node. */
export function softwareVersions(): Record<string, string> {
  return { sptlab: packageVersion(), tfjs: tf.version.tfjs, backend: tf.getBackend(), node: process.versions.node };
}

/** JSON with sorted keys, so that equal values have equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

async function listRecord(directory: string): Promise<void> {
  const { SPTLAB_RECORD_LIST: list } = process.env;
  if (list) await appendFile(list, `${resolve(directory)}\n`);
}

function packageVersion(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return version;
}
