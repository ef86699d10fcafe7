/** The weights of a Hugging Face directory, whichever of its file layouts it uses. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { HalfType } from "../engine/halfPrecision.js";
import { CheckpointError } from "../errors.js";
import { readSafetensors } from "./safetensors.js";
import type { StoredDtype } from "./storedValues.js";
import { readTorchCheckpoint } from "./torchCheckpoint.js";

/** Tensors by name, read one at a time; what a safetensors file and a PyTorch file have in common. */
export interface TensorSource {
  readonly names: readonly string[];
  shape(name: string): readonly number[];
  dtype(name: string): StoredDtype;
  /** Row-major values as float32. @throws CheckpointError  when the tensor is not of floating-point type */
  readFloats(name: string): Float32Array;
  /** The same as sixteen bits each, the nearest; @throws CheckpointError  also when a value is too large for the type */
  readHalves(name: string, type: HalfType): Uint16Array;
}

/** A source and the files behind it, in the order in which they are hashed. */
export interface WeightFiles extends TensorSource {
  readonly paths: readonly string[];
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Opens model.safetensors, or the shards of model.safetensors.index.json, or pytorch_model.bin: the first that is there.
 *
 * @throws CheckpointError  when there is none, or one is malformed
 */
export async function openWeights(directory: string): Promise<WeightFiles> {
  const single = join(directory, "model.safetensors");
  if (await exists(single)) return { ...(await readSafetensors(single)), paths: [single] };
  const index = join(directory, "model.safetensors.index.json");
  if (await exists(index)) return openShards(directory, index);
  const pickled = join(directory, "pytorch_model.bin");
  if (await exists(pickled)) return { ...(await readTorchCheckpoint(pickled)), paths: [pickled] };
  throw new CheckpointError(
    `${directory} holds no weights: expected model.safetensors, model.safetensors.index.json or pytorch_model.bin.`,
    { directory },
  );
}

/**
 * The same tensors under other names.
 *
 * @throws CheckpointError  when two stored names become one
 */
export function renameTensors(
  files: WeightFiles,
  rename: (stored: string) => string = (stored) => stored,
): WeightFiles {
  const storedNames = new Map(files.names.map((stored) => [rename(stored), stored]));
  const stored = (name: string): string => storedNames.get(name) ?? name;
  const hidden = files.names.find((name) => stored(rename(name)) !== name);
  if (hidden !== undefined) {
    throw new CheckpointError(
      `The weights hold "${hidden}" and "${stored(rename(hidden))}", two names of one tensor. Remove one of them.`,
      { names: [hidden, stored(rename(hidden))] },
    );
  }
  return {
    paths: files.paths,
    names: [...storedNames.keys()],
    shape: (name) => files.shape(stored(name)),
    dtype: (name) => files.dtype(stored(name)),
    readFloats: (name) => files.readFloats(stored(name)),
    readHalves: (name, type) => files.readHalves(stored(name), type),
  };
}

/** SHA-256 in hex over the bytes of the files, one after the other. */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  }
  return hash.digest("hex");
}

/** Parses a JSON file. @throws CheckpointError  when it is absent or not JSON */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CheckpointError(`Cannot read ${path}, which a model directory needs.`, { path }, { cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(`${path} is not JSON. Download or write it again.`, { path }, { cause });
  }
}

/**
 * The file that each tensor of a sharded model is in, from its `model.safetensors.index.json`.
 *
 * @throws CheckpointError  when it is malformed, or names anything but files beside it
 */
export async function readShardIndex(path: string): Promise<Readonly<Record<string, string>>> {
  const parsed = indexSchema.safeParse(await readJsonFile(path));
  if (!parsed.success) {
    throw new CheckpointError(
      `${path} must hold a weight_map from tensor names to file names.`,
      { path },
      { cause: parsed.error },
    );
  }
  for (const file of new Set(Object.values(parsed.data.weight_map))) {
    if (/^\w[\w.-]*$/.test(file)) continue;
    throw new CheckpointError(`${path} names the shard "${file}"; a shard must lie beside its index.`, { path, file });
  }
  return parsed.data.weight_map;
}

/** Whether there is a file or folder at `path`. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function openShards(directory: string, indexPath: string): Promise<WeightFiles> {
  const fileOf = await readShardIndex(indexPath);
  const shards = new Map<string, TensorSource>();
  const paths: string[] = [];
  for (const file of [...new Set(Object.values(fileOf))].sort()) {
    paths.push(join(directory, file));
    shards.set(file, await readSafetensors(join(directory, file)));
  }
  for (const [name, file] of Object.entries(fileOf)) {
    if (shards.get(file)?.names.includes(name) !== true) {
      throw new CheckpointError(`${indexPath} places "${name}" in ${file}, which does not hold it.`, { name, file });
    }
  }
  const shardOf = (name: string): TensorSource => {
    const shard = shards.get(fileOf[name] ?? "");
    if (shard !== undefined) return shard;
    throw new CheckpointError(`${indexPath} lists no tensor "${name}".`, { name });
  };
  return {
    paths,
    names: Object.keys(fileOf),
    shape: (name) => shardOf(name).shape(name),
    dtype: (name) => shardOf(name).dtype(name),
    readFloats: (name) => shardOf(name).readFloats(name),
    readHalves: (name, type) => shardOf(name).readHalves(name, type),
  };
}
