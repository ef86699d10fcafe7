/** What people ask about things: the thing, and ways to ask for its price, its place and so on. */

import { wordList } from "../wordList.js";

/** What a question is about. */
export const things =
  wordList(`a_house a_car a_guitar a_dog a_computer a_phone a_garden a_wedding a_horse a_boat a_camera a_piano a_kitchen
    a_business a_swimming_pool a_farm a_restaurant a_television a_wall a_school a_cake wine cheese a_roof a_fence a_knife
    a_coat a_ring a_watch a_bed a_lamp a_drum a_violin bread a_clock a_radio a_bridge a_tent a_mirror a_gun coffee
    a_wooden_chair a_hat a_library a_train_set a_tower a_fountain a_bottle a_gold_chain beer`);

/**
 * Ways to ask; those of one group ask for the same, whatever words they share with those of another. `{x}` is the thing.
 */
export const askings: readonly (readonly string[])[] = [
  [
    "how much does {x} cost",
    "what is the price of {x}",
    "how much money do i need for {x}",
    "is {x} expensive",
    "how much should i pay for {x}",
  ],
  [
    "where can i buy {x}",
    "which store sells {x}",
    "what is a good place to find {x}",
    "in which shop do i get {x}",
    "where should i look for {x}",
  ],
  [
    "how long does it take to make {x}",
    "how many hours do i need to make {x}",
    "how soon can i finish {x}",
    "how much time should i spend to make {x}",
    "how many days of work is {x}",
  ],
  [
    "why do people want {x}",
    "what is the point of {x}",
    "for what reason should i get {x}",
    "why should i care about {x}",
    "what is the purpose of {x}",
  ],
  [
    "is {x} dangerous",
    "can {x} hurt you",
    "what are the risks of {x}",
    "is it safe to have {x}",
    "should i worry about the danger of {x}",
  ],
  [
    "who invented {x}",
    "what is the history of {x}",
    "where does {x} come from",
    "when did people first make {x}",
    "who had the idea for {x}",
  ],
];

/** What may follow. */
export const endings = wordList(
  "in_london at_home without_help as_a_student after_forty in_india today at_school in_winter these_days",
);
