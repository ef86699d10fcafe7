/** Results of this project's own sweeps, which come with the package beside their specs. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../errors.js";
import { packageRoot } from "../packageRoot.js";
import { readResults, type SweepResult } from "./results.js";

/**
 * What the sweep `data/sweeps/<name>.json` of this package has found.
 *
 * @throws DataError  listing the sweeps there are
 */
export function readRecordedResults(name: string): SweepResult[] {
  const folder = join(packageRoot(), "data", "sweeps");
  const known = readdirSync(folder).flatMap((file) => (file.endsWith(".jsonl") ? file.slice(0, -".jsonl".length) : []));
  if (known.includes(name)) return readResults(join(folder, `${name}.jsonl`));
  throw new DataError(`Recorded results must be one of ${known.join(", ")}; got "${name}". Choose one of them.`, {
    name,
    known,
  });
}
