/**
 * Words with a share kept back from training. A stand-in's dev and test rows use mostly words that its train rows never
 * show: who only counts words has not met them, a pre-trained model has.
 */

/** One list of interchangeable words, cut by split. */
export interface WordList {
  /** Words of the train rows; dev and test rows may use them too. */
  readonly seen: readonly string[];
  /** Words that only dev rows add. */
  readonly dev: readonly string[];
  /** Words that only test rows add. */
  readonly test: readonly string[];
}

/**
 * Cuts words by their position: of every five, two are seen, two are for test and one is for dev.
 *
 * @param text  entries separated by white space; an underscore stands for a space inside an entry
 */
export function wordList(text: string): WordList {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll("_", " "));
  const at = (...places: readonly number[]): string[] => words.filter((_, index) => places.includes(index % 5));
  return { seen: at(0, 2), dev: at(4), test: at(1, 3) };
}

/** All entries of a list. */
export function allWords({ seen, dev, test }: WordList): string[] {
  return [...seen, ...dev, ...test];
}
