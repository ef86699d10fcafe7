/** What `sptlab install` makes so that kernels start fast: a snapshot of the compiler, and code for where it does not work. */

import { loadTypescript } from "./loadTypescript.js";
import { rehearse } from "./rehearsal.js";
import { makeSnapshot } from "./snapshot.js";
import { createTslabCompiler } from "./tslabCompiler.js";

/** The files that were made; null for one that cannot be made here. */
export interface Prepared {
  readonly snapshot: string | null;
  readonly code: string | null;
}

/** Makes both; takes some seconds. */
export function prepareCompiler(): Prepared {
  const { ts, script } = loadTypescript();
  rehearse(createTslabCompiler(ts));
  return { code: script.save(), snapshot: makeSnapshot(ts) };
}
