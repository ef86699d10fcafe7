/** Which files of a model loading needs. */

import { CheckpointError } from "../errors.js";

/** The list of a sharded model's files. */
export const SHARD_INDEX = "model.safetensors.index.json";

const NAMES_OF_SPECIAL_TOKENS = ["special_tokens_map.json", "tokenizer_config.json"];
/** What `loadTokenizer` reads, best first. */
const VOCABULARIES = [["tokenizer.json"], ["vocab.json", "merges.txt"], ["vocab.txt"]];

/** A place with some of a model's files: the hub, or a folder of the cache. */
export interface FileSource<T> {
  /** The file of this name; undefined when there is none. */
  find(name: string): Promise<T | undefined>;
  /** Names of the shards that an index lists. */
  shardsOf(index: T): Promise<readonly string[]>;
}

/**
 * The files that `loadBackbone` reads: configuration, vocabulary, and of the weights safetensors before a PyTorch
 * file. The weights come last.
 *
 * @param label  names the model in error messages
 * @throws CheckpointError  when there is no configuration, or no weights that can be read
 */
export async function chooseFiles<T>(source: FileSource<T>, label: string): Promise<T[]> {
  const config: T | undefined = await source.find("config.json");
  if (config === undefined) throw new CheckpointError(`${label} has no config.json. Choose another model.`, { label });
  const files: T[] = [config];
  for (const name of NAMES_OF_SPECIAL_TOKENS) {
    const file = await source.find(name);
    if (file !== undefined) files.push(file);
  }
  for (const names of VOCABULARIES) {
    const group = await findAll(source, names);
    if (group === undefined) continue;
    files.push(...group);
    break;
  }
  const single = await source.find("model.safetensors");
  if (single !== undefined) return [...files, single];
  const index = await source.find(SHARD_INDEX);
  if (index !== undefined) {
    const names = await source.shardsOf(index);
    const shards = await findAll(source, names);
    if (shards !== undefined) return [...files, index, ...shards];
    throw new CheckpointError(`${label} lacks some of the files in ${SHARD_INDEX}: ${names.join(", ")}.`, {
      label,
      names,
    });
  }
  const pickled = await source.find("pytorch_model.bin");
  if (pickled !== undefined) return [...files, pickled];
  throw new CheckpointError(
    `${label} has no weights that can be read: expected model.safetensors, ${SHARD_INDEX} or pytorch_model.bin. ` +
      "Choose another model or revision.",
    { label },
  );
}

async function findAll<T>(source: FileSource<T>, names: readonly string[]): Promise<T[] | undefined> {
  const files: T[] = [];
  for (const name of names) {
    const file = await source.find(name);
    if (file === undefined) return undefined;
    files.push(file);
  }
  return files;
}
