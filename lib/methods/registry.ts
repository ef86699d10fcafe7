/** All methods, by id. */

import { ConfigError } from "../errors.js";
import { adapter } from "./adapter/index.js";
import { adapterDrop } from "./adapterDrop/index.js";
import { everyLayer } from "./allLayers/index.js";
import { bitfit } from "./bitfit/index.js";
import { darts } from "./darts/index.js";
import { full } from "./full/index.js";
import { idpg } from "./idpg/index.js";
import { lora } from "./lora/index.js";
import { lptAppg, lptMppg, lptNpg } from "./lpt/index.js";
import type { Method } from "./method.js";
import { promptTuningMethod } from "./promptTuning/index.js";
import { pTuningV2 } from "./pTuningV2/index.js";
import { randomLayers } from "./randomLayers/index.js";
import { spt, sptHypernetwork, sptNoConsistency, sptNoReparam, sptSingleLevel } from "./spt/index.js";

/** In the order of tables: all weights, some of them, prompts, SPT, and other ways to choose its layers. */
export const METHODS: readonly Method[] = [
  full,
  bitfit,
  lora,
  adapter,
  adapterDrop,
  promptTuningMethod,
  pTuningV2,
  idpg,
  lptNpg,
  lptAppg,
  lptMppg,
  spt,
  darts,
  sptNoReparam,
  sptNoConsistency,
  sptSingleLevel,
  sptHypernetwork,
  randomLayers,
  everyLayer,
];

/** Ids of the methods whose search can be run alone. */
export function searchingMethods(): string[] {
  return METHODS.filter((method) => method.kind === "search" && method.search !== undefined).map(({ id }) => id);
}

/** The method of that id. @throws ConfigError  listing the known ids */
export function findMethod(id: string): Method {
  const found = METHODS.find((method) => method.id === id);
  if (found !== undefined) return found;
  const known = METHODS.map((method) => method.id);
  throw new ConfigError(`method must be one of ${known.join(", ")}; got "${id}". Choose one of them.`, { id, known });
}
