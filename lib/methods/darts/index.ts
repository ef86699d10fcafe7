/** DARTS: SPT's search without its two additions. */

import { searchMethod } from "../spt/index.js";

export const darts = searchMethod({
  id: "darts",
  title: "DARTS",
  citation: "Liu, Simonyan & Yang 2019",
  fixed: { isReparameterised: false, isConsistent: false },
});
