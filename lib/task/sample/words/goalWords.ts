/** What people ask about things: the thing, and ways to ask for its price, its place and so on. */

import { wordList } from "../wordList.js";

/** What a question is about, with "the" before it. */
export const things = wordList(`house car guitar dog computer phone garden wedding horse boat camera piano kitchen
    business swimming_pool farm restaurant television wall school cake wine cheese roof fence knife
    coat ring watch bed lamp drum violin bread clock radio bridge tent mirror gun coffee
    wooden_chair hat library train_set tower fountain bottle gold_chain beer`);

/**
 * Ways to ask; those of one group ask for the same, whatever words they share with those of another. `{x}` is the thing.
 */
export const askings: readonly (readonly string[])[] = [
  [
    "how much does {x} cost",
    "what is the price of {x}",
    "how much should i pay for {x}",
    "how much money do i need for {x}",
    "is {x} expensive",
  ],
  [
    "where is {x}",
    "where can i find {x}",
    "in which place is {x}",
    "where should i look for {x}",
    "which way do i go to {x}",
  ],
  [
    "who made {x}",
    "who invented {x}",
    "who had the idea for {x}",
    "by whom was {x} made",
    "what is the name of the man behind {x}",
  ],
  [
    "when was {x} made",
    "in what year was {x} invented",
    "how old is {x}",
    "how long ago was {x} made",
    "what is the date of {x}",
  ],
  [
    "why do i need {x}",
    "for what reason do people want {x}",
    "what is the purpose of {x}",
    "why should i get {x}",
    "what can i do with {x}",
  ],
];
