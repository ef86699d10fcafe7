/** TypeScript for a process that does not start from a snapshot. */

import { type CachedScript, loadCached } from "./codeCache.js";
import { type Typescript, typescriptPath } from "./typescript.js";

/** Loads TypeScript, with what an earlier process left of its compilation where there is such. */
export function loadTypescript(): { readonly ts: Typescript; readonly script: CachedScript } {
  const script = loadCached(typescriptPath());
  return { ts: script.exports as Typescript, script };
}
