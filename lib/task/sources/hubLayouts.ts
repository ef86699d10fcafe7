/** The benchmarks on the Hugging Face hub: which data set holds each, and what it calls columns and classes. */

import type { Columns } from "./columns.js";

/** How the files of a data set name things. */
export interface ParquetLayout {
  readonly columns?: Partial<Columns>;
  /** Names of the class indices, where the files do not say them. */
  readonly classNames?: readonly string[];
  /** The same names in the order of the task's labels; default: the order of the files. */
  readonly labelNames?: readonly string[];
}

/** A benchmark's data set. */
export interface HubLayout extends ParquetLayout {
  /** "organisation/name". */
  readonly dataset: string;
  /** The part of the data set that holds the task. */
  readonly config?: string;
  /** The revision where none is named; of scripts and JSON files the hub keeps its own conversion to parquet. */
  readonly revision?: string;
}

function glue(config: string, [text, pair]: readonly string[], labelNames: readonly string[]): HubLayout {
  const columns = { text, ...(pair === undefined ? {} : { pair }), label: "label" };
  return { dataset: "nyu-mll/glue", config, columns, classNames: labelNames, labelNames };
}

const CONVERTED = "refs/convert/parquet";

/** By task id. MPQA is on the hub in several copies, none of them its authors'. */
export const hubLayouts: Readonly<Record<string, HubLayout>> = {
  sst2: glue("sst2", ["sentence"], ["negative", "positive"]),
  mr: {
    dataset: "cornell-movie-review-data/rotten_tomatoes",
    columns: { text: "text", label: "label" },
    classNames: ["neg", "pos"],
    labelNames: ["neg", "pos"],
  },
  subj: {
    dataset: "SetFit/subj",
    revision: CONVERTED,
    columns: { text: "text", label: "label_text" },
    labelNames: ["subjective", "objective"],
  },
  trec: {
    dataset: "CogComp/trec",
    revision: CONVERTED,
    columns: { text: "text", label: "coarse_label" },
    classNames: ["ABBR", "ENTY", "DESC", "HUM", "LOC", "NUM"],
    labelNames: ["DESC", "ENTY", "ABBR", "HUM", "LOC", "NUM"],
  },
  mnli: glue("mnli", ["premise", "hypothesis"], ["entailment", "neutral", "contradiction"]),
  mrpc: glue("mrpc", ["sentence1", "sentence2"], ["not_equivalent", "equivalent"]),
  qnli: glue("qnli", ["question", "sentence"], ["entailment", "not_entailment"]),
  qqp: glue("qqp", ["question1", "question2"], ["not_duplicate", "duplicate"]),
  rte: glue("rte", ["sentence1", "sentence2"], ["entailment", "not_entailment"]),
};
