/** Settings of AdapterDrop. */

import { z } from "zod";
import type { BackboneConfig } from "../../backbone/backbone.js";
import { ConfigError } from "../../errors.js";
import { adapterConfigSchema } from "../adapter/config.js";

/** Each default's source is in its description. */
export const adapterDropConfigSchema = z.strictObject({
  droppedLayers: z
    .int()
    .nonnegative()
    .optional()
    .describe("lower layers without adapters; 5 of 12, as AdapterDrop, in proportion"),
  ...adapterConfigSchema.shape,
});

/**
 * How many layers have no adapters.
 *
 * @throws ConfigError  when none would be left
 */
export function resolveDroppedLayers(droppedLayers: number | undefined, { layerCount }: BackboneConfig): number {
  const dropped = droppedLayers ?? Math.floor((5 * layerCount) / 12);
  if (dropped < layerCount) return dropped;
  throw new ConfigError(
    `droppedLayers must be at most ${layerCount - 1} (the backbone has ${layerCount} layers); got ${dropped}. Lower it.`,
    { droppedLayers: dropped, layerCount },
  );
}
