/** What a method is: settings with their sources, and what it makes of a backbone. */

import type { z } from "zod";
import type { Backbone } from "../backbone/backbone.js";
import { parseConfig, resolveMaxLength } from "../prompt/config.js";
import type { RunRecord } from "../runRecord.js";
import type { SearchRecord } from "../search/search.js";
import type { TrainConfig } from "../train/config.js";
import type { ConfiguredModel, TrainOptions } from "../train/train.js";

/** Settings as a caller writes them; a method's schema says which there are. */
export type MethodConfigInput = Readonly<Record<string, unknown>>;

/** What is known of every method. */
interface MethodFacts {
  readonly id: string;
  /** A few words for tables. */
  readonly title: string;
  /** Where it was published. */
  readonly citation: string;
  /** Settings, each default with its source in its description. */
  readonly configSchema: z.ZodType;
  /**
   * The model that is trained in the end; of a method that chooses layers, with the lowest K of them chosen.
   *
   * @throws ConfigError  naming every setting that is unknown or out of range
   */
  configure(backbone: Backbone, config?: MethodConfigInput): ConfiguredModel;
}

/** A method of one stage, whose records have its id for their kind. */
export interface TrainMethod extends MethodFacts {
  readonly kind: "train";
}

/** A method that chooses layers first, by a search or otherwise. */
export interface SearchMethod extends MethodFacts {
  readonly kind: "search";
  /** The stage that chooses the layers, alone; methods that choose without a search have none. */
  search?(options: MethodOptions): Promise<SearchRecord>;
  train(options: MethodOptions): Promise<MethodResult>;
}

export type Method = TrainMethod | SearchMethod;

/** What training a method takes. */
export interface MethodOptions extends TrainOptions {
  /** Settings of the method and of its training; see its `configSchema`. */
  readonly config?: MethodConfigInput;
}

/** What training a method leaves. */
export interface MethodResult {
  /** The last stage that ran; `evaluate` takes it when it is completed. */
  readonly record: RunRecord;
  /** Of the stage that chose the layers, where there was one. */
  readonly searched?: SearchRecord;
}

/** A method of one stage, from a schema and what it makes of settings that fit it. */
export function defineMethod<S extends z.ZodType<TrainSettings>>(
  facts: Pick<MethodFacts, "id" | "title" | "citation"> & {
    readonly configSchema: S;
    /** Fills in the defaults that depend on the backbone, and makes the model. */
    configure(config: z.output<S> & { readonly maxLength: number }, backbone: Backbone): ConfiguredModel;
  },
): TrainMethod {
  const { id, title, citation, configSchema, configure } = facts;
  return {
    kind: "train",
    id,
    title,
    citation,
    configSchema,
    configure(backbone, input) {
      const config = parseConfig(configSchema, input);
      return configure({ ...config, maxLength: resolveMaxLength(config.maxLength, backbone.config) }, backbone);
    },
  };
}

/** What a method's schema must give. */
type TrainSettings = Omit<TrainConfig, "maxLength"> & { readonly maxLength?: number | undefined };
