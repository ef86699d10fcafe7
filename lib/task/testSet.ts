/** The test rows behind a door: training code is not given the key, and whoever opens it is written down. */

import { createRandom } from "../random.js";
import { hashExamples } from "./hashExamples.js";
import type { Example } from "./task.js";

/** All that training code may know of a test set: how large it is, and which one. */
export interface SealedTest {
  readonly length: number;
  /** SHA-256 (hex) of the rows, in order. */
  readonly hash: string;
}

/**
 * Test rows for the evaluation of models that are finished. Search and training take a `SealedTest` in its place, so that
 * they cannot read it; `openedBy` shows that nobody chose anything by it.
 */
export class TestSet implements SealedTest {
  readonly #examples: readonly Example[];
  readonly #openedBy: string[] = [];
  readonly hash: string;

  constructor(examples: readonly Example[]) {
    this.#examples = examples;
    this.hash = hashExamples(examples);
  }

  get length(): number {
    return this.#examples.length;
  }

  /**
   * A test set of `size` of the rows, the same ones each time, where scoring all of them takes too long; all rows when
   * there are no more. It has a hash and an `openedBy` of its own.
   */
  sample(size: number): TestSet {
    if (size >= this.length) return this;
    return new TestSet(
      createRandom(1)
        .fork("test rows")
        .shuffle([...this.#examples])
        .slice(0, size),
    );
  }

  /** Who read the rows so far, in order. */
  get openedBy(): readonly string[] {
    return this.#openedBy;
  }

  /**
   * The rows.
   *
   * @param reader  what is scored on them, such as the id of a finished run; goes into `openedBy`
   */
  open(reader: string): readonly Example[] {
    this.#openedBy.push(reader);
    return this.#examples;
  }
}
