/** Films, their parts, and what happens in them. */

import { wordList } from "../wordList.js";

/** Kinds of film. */
export const films = wordList(
  "film movie comedy drama picture thriller story documentary romance western adventure mystery musical tale sequel cartoon",
);

/** Parts of a film that a review speaks of. */
export const filmParts = wordList(
  `script acting dialogue plot direction music ending cast pacing humor writing photography premise performance score
  editing opening scenery finale narration`,
);

/** People in a story. */
export const characters = wordList(
  `lawyer farmer teacher soldier widow detective nurse singer student priest sailor thief doctor painter waitress pilot
  reporter boxer dancer clerk judge hunter engineer writer prisoner cook spy fisherman miner banker driver scientist
  sheriff dentist guard tailor`,
);

/** Where a story is set. */
export const settings = wordList(
  `chicago paris texas london a_small_village brooklyn a_mining_town mexico a_remote_island berlin the_suburbs tokyo
  a_fishing_port alaska a_boarding_school vienna the_desert new_orleans a_prison_camp dublin a_mountain_town moscow
  a_farm rome a_hospital india`,
);

/** What sets a plot going: what somebody does next. */
export const plotEvents = wordList(
  `discovers_a_hidden_letter loses_a_good_job inherits_a_house witnesses_a_murder moves_back_home finds_a_lost_child
  steals_a_car joins_the_army meets_an_old_friend takes_a_new_job escapes_from_jail buys_a_horse returns_from_the_war
  hires_a_private_detective opens_a_restaurant is_accused_of_murder adopts_a_dog falls_from_a_roof writes_to_a_brother
  crosses_the_border robs_a_bank plans_a_wedding leaves_the_city learns_a_secret sells_the_family_farm
  searches_for_a_sister runs_for_mayor enters_a_contest travels_by_train hides_in_a_church`,
);

/** What a film or a part of it does to those who see it. */
export const filmJudgements = wordList(
  `leaves_the_viewer_cold wins_you_over wastes_a_good_cast finds_the_right_tone takes_too_long keeps_its_charm
  lacks_any_tension makes_you_think feels_like_a_sermon rings_true loses_its_nerve deserves_a_wider_audience falls_apart
  hits_the_right_notes tries_too_hard stays_with_you offers_little_suspense holds_the_attention has_no_heart
  earns_its_tears adds_nothing_new rewards_patience runs_out_of_ideas breaks_your_heart feels_like_a_long_commercial
  is_a_pleasure_to_watch cheats_its_audience never_surprises overstays_its_welcome knows_what_it_wants`,
);

/** Words that strengthen an adjective and take no side. */
export const strengths = wordList(
  "deeply truly utterly thoroughly really quite simply completely very entirely so rather",
);
