/** Tasks from the Hugging Face hub: the name of a data set, the files of one of its commits, and their rows. */

import { join } from "node:path";
import { DataError } from "../../errors.js";
import { type HubModel, type HubOptions, hubDatasetFiles, parseModelName } from "../../hub/index.js";
import type { Columns } from "./columns.js";
import { type HubLayout, hubLayouts, type ParquetLayout } from "./hubLayouts.js";
import { chooseParquetFiles, type ParquetFiles, readParquetSplits } from "./parquet.js";
import type { RawSplits } from "./rawRows.js";

/** Prefix of the ids of tasks from the hub. */
export const hubPrefix = "hf:";

/** What an id such as `hf:nyu-mll/glue/sst2@main` stands for. */
export interface HubTask {
  readonly dataset: HubModel;
  /** Part of the data set, such as "sst2"; empty for a data set without parts. */
  readonly config: string;
  readonly layout: ParquetLayout;
  /** Which of the ten benchmarks it is, if it is one. */
  readonly benchmark: string | undefined;
}

/**
 * Reads `hf:sst2` (one of the ten), `hf:organisation/name` or `hf:organisation/name/config`, each with `@revision` or
 * without.
 *
 * @param columns  names of columns that the caller knows better
 * @throws DataError    when it is no such id, or the benchmark is not on the hub
 * @throws ConfigError  when the revision is none
 */
export function parseHubTask(id: string, columns: Partial<Columns> = {}): HubTask {
  const [path = "", ...revision] = id.slice(hubPrefix.length).split("@");
  const [organisation = "", name, config = "", ...rest] = path.split("/");
  const entry = Object.entries(hubLayouts).find(([benchmark, layout]) =>
    name === undefined
      ? organisation === benchmark
      : layout.dataset === `${organisation}/${name}` && (layout.config ?? "") === config,
  );
  const [benchmark, layout]: [string?, HubLayout?] = entry ?? [];
  const fullName = [layout?.dataset ?? `${organisation}/${name}`, ...revision].join("@");
  const isNamed = (name !== undefined || layout !== undefined) && rest.length === 0 && /^[\w.-]*$/.test(config);
  const dataset = isNamed ? parseModelName(fullName) : undefined;
  if (dataset === undefined) {
    throw new DataError(
      `A task of the hub must be "${hubPrefix}organisation/name", "${hubPrefix}organisation/name/config" or one of ` +
        `${Object.keys(hubLayouts).join(", ")} after "${hubPrefix}", and then "@" and a revision or nothing; got ` +
        `${JSON.stringify(id)}. Look the name up on the page of the data set.`,
      { id },
    );
  }
  const pinned = revision.length === 0 ? (layout?.revision ?? dataset.revision) : dataset.revision;
  return {
    dataset: { ...dataset, revision: pinned, isDataset: true },
    config: layout?.config ?? config,
    layout: { ...layout, columns: { ...layout?.columns, ...columns } },
    benchmark,
  };
}

/** Rows of a task of the hub, and its id with the commit that they are from. */
export interface HubRows {
  readonly splits: RawSplits;
  /** `hf:organisation/name/config@commit` */
  readonly id: string;
}

/**
 * Reads the parquet files of a task, downloading those that the cache lacks.
 *
 * @throws DataError        when there are none, or a row is not usable
 * @throws CheckpointError  when the data set is not to be had
 */
export async function readHubTask(task: HubTask, options: Omit<HubOptions, "revision"> = {}): Promise<HubRows> {
  const { dataset, config, layout } = task;
  const choose = (names: readonly string[]): ParquetFiles => {
    const files = chooseParquetFiles(names, config);
    if (files.train.length > 0) return files;
    const found = names.filter((name) => name.endsWith(".parquet"));
    throw new DataError(
      `${dataset.id} at revision "${dataset.revision}" must have parquet files of ${config || "its rows"}, such as ` +
        `${join(config, "train-00000-of-00001.parquet")}; it has ${found.slice(0, 8).join(", ") || "none"}. Name one of ` +
        'its configurations, or try the revision "refs/convert/parquet", the hub\'s own conversion.',
      { id: dataset.id, revision: dataset.revision, config, found },
    );
  };
  const { commit, directory, names } = await hubDatasetFiles(
    dataset,
    (all) => Object.values(choose(all)).flat(),
    options,
  );
  const splits = await readParquetSplits((name) => join(directory, name), choose(names), layout);
  const path = config === "" ? dataset.id : `${dataset.id}/${config}`;
  return { splits, id: `${hubPrefix}${path}@${commit}` };
}
