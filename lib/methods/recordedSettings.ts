/** Learning rates that a recorded sweep has chosen for a backbone; where there is none, a method keeps its published rate. */

/** The packaged roberta-nano. */
const ROBERTA_NANO = "a88b86d56bac07a9fe51d90e735633617db128d06a92cdf50e59fdd7a93c06c0";

/** SPT's prompts at K layers, whatever chooses them, are one model with one rate. */
const TOP_LAYERS = { learningRate: 0.02 };
const ADAPTERS = { learningRate: 0.01 };
const LATE_PROMPTS = { learningRate: 0.05 };

const RECORDED: Readonly<Record<string, Readonly<Record<string, RecordedSettings>>>> = {
  [ROBERTA_NANO]: {
    full: { learningRate: 0.001 },
    bitfit: { learningRate: 0.003 },
    lora: { learningRate: 0.008 },
    adapter: ADAPTERS,
    "adapter-drop": ADAPTERS,
    "prompt-tuning": { learningRate: 0.3 },
    "p-tuning-v2": { learningRate: 0.3 },
    idpg: { learningRate: 0.02 },
    "lpt-npg": LATE_PROMPTS,
    "lpt-appg": LATE_PROMPTS,
    "lpt-mppg": LATE_PROMPTS,
    spt: TOP_LAYERS,
    darts: TOP_LAYERS,
    "spt-no-reparam": TOP_LAYERS,
    "spt-no-consistency": TOP_LAYERS,
    "spt-single-level": TOP_LAYERS,
    "random-k": TOP_LAYERS,
    "all-layers": TOP_LAYERS,
  },
};

/** What a recorded sweep chooses. */
export type RecordedSettings = { readonly learningRate?: number };

/**
 * What `data/sweeps/defaults.json` chose on development rows, with the same number of trials for every method; adapters that are
 * dropped and other late prompts have the rate of their nearest kin, and methods that retrain K layers share the trials of three.
 *
 * @param method        its id
 * @param backboneHash  sha256 of the backbone
 * @returns             settings to put below a caller's own; none for backbones that no sweep was recorded for
 */
export function recordedSettings(method: string, backboneHash: string): RecordedSettings {
  return RECORDED[backboneHash]?.[method] ?? {};
}
