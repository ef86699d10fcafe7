/** Words that must stay whole in a vocabulary, because verbalizers of the ten tasks name classes by them. */

/**
 * Label words of the published templates, lower-case, with near synonyms that other verbalizers use.
 *
 * @source docs/HYPERPARAMETERS.md (LPT templates); the synonyms are ours
 */
export const LABEL_WORDS: readonly string[] = [
  ..."terrible great bad good awful excellent negative positive wonderful horrible boring amazing".split(" "),
  ..."subjective objective opinion fact review plot story description entity expression abbreviation human location number".split(
    " ",
  ),
  ..."person place object date reason yes maybe no true false neutral also but and so because instead however same different".split(
    " ",
  ),
  ..."world sports business science technology society health education computers internet entertainment music family politics".split(
    " ",
  ),
];
