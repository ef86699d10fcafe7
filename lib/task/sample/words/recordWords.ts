/** Works of people, and what records say about them: by whom, where, for how much and why. */

import { wordList } from "../wordList.js";

/** What was made. */
export const works =
  wordList(`bridge painting cathedral novel statue tower song ship castle poem railway garden opera tunnel clock monument
    palace film map school hospital stadium organ temple library canal theater lighthouse airport`);

/** What was done to them. */
export const worksDone = wordList("finished restored sold built designed moved completed stolen rebuilt bought");

/** By whom. */
export const builders =
  wordList(`a_young_engineer the_king two_brothers a_german_artist the_queen a_retired_general local_workers
    an_italian_architect the_bishop a_rich_merchant the_army a_famous_doctor monks a_dutch_company the_emperor
    an_unknown_woman prisoners the_government a_blind_teacher students`);

/** Where. */
export const countries =
  wordList(`norway london mexico japan paris egypt chicago brazil rome ireland india boston turkey sweden berlin canada
    a_small_village greece the_capital poland moscow new_york peru china scotland`);

/** Of what it was so many. */
export const units = wordList("dollars pounds euros million_dollars francs pieces_of_gold thousand_marks coins crowns");

/** Why. */
export const causes =
  wordList(`the_roof_had_fallen_in the_town_was_growing nobody_wanted_it a_fire_had_damaged_it the_old_one_was_too_small
    its_owner_needed_money the_war_had_ended people_complained the_walls_were_weak a_child_was_hurt
    the_river_had_risen it_brought_bad_luck visitors_were_bored the_law_had_changed it_was_too_expensive`);
