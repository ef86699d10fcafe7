/** What people want to do, for questions: two opposite groups of verbs, and things that either can be done to. */

import { wordList } from "../wordList.js";

/** Have more of it. */
export const gains = wordList(
  "gain increase improve build get develop strengthen boost raise grow expand earn create find",
);

/** Have less of it. */
export const losses = wordList(
  "lose reduce stop destroy avoid lower cut limit remove eliminate drop kill escape forget",
);

/** What the questions are about. */
export const askableThings =
  wordList(`weight my_confidence traffic_on_my_website muscle my_speed noise_in_my_house my_memory stress body_fat
    blood_pressure my_income energy sugar_in_my_diet trust interest_in_politics the_value_of_my_house
    heat_in_my_room my_fear_of_water my_followers light_in_my_garden hair_on_my_head competition_at_work debt`);

/** What may follow. */
export const endings = wordList(
  `in_a_month at_home without_money as_a_student after_forty in_india quickly at_school in_winter naturally`,
);
