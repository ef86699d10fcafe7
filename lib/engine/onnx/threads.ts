/** How many threads compute one operation. */

import { availableParallelism } from "node:os";
import { ConfigError } from "../../errors.js";

/**
 * Threads of one operator: SPTLAB_THREADS, else one per core, at most 16. On a busy machine one thread can beat two.
 *
 * @throws ConfigError  when SPTLAB_THREADS is not a whole number from 1
 */
export function threadCount(): number {
  const wanted = Number(process.env.SPTLAB_THREADS ?? Math.min(availableParallelism(), 16));
  if (Number.isInteger(wanted) && wanted >= 1) return wanted;
  throw new ConfigError(`SPTLAB_THREADS must be a whole number from 1; got "${process.env.SPTLAB_THREADS}".`);
}
