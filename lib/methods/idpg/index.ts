/** IDPG: a prompt generated for each example from the frozen model's sentence vector. */

import { defineMethod } from "../method.js";
import { idpgConfigSchema } from "./config.js";
import { createIdpgModel } from "./model.js";

export const idpg = defineMethod({
  id: "idpg",
  title: "IDPG",
  citation: "Wu et al. 2022",
  configSchema: idpgConfigSchema,
  configure: (config, backbone) => ({ config, model: createIdpgModel(backbone, config) }),
});
