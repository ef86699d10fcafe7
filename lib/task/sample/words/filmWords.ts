/** Films, their parts, and what happens in them. */

import { wordList } from "../wordList.js";

/** Kinds of film. */
export const films =
  wordList(`film movie comedy drama picture thriller story documentary romance western adventure mystery musical tale sequel
    cartoon`);

/** Parts of a film that a review speaks of. */
export const filmParts =
  wordList(`script acting dialogue plot direction music ending cast pacing humor writing photography premise performance
    score editing opening scenery finale narration`);

/** People in a story. */
export const characters =
  wordList(`lawyer farmer teacher soldier widow detective nurse singer student priest sailor thief doctor painter waitress
    pilot reporter boxer dancer clerk judge hunter engineer writer prisoner cook spy miner banker driver
    scientist sheriff dentist guard`);

/** Where a story is set. */
export const settings =
  wordList(`chicago paris texas london a_small_village brooklyn a_mining_town mexico a_remote_island berlin tokyo
    a_fishing_port alaska a_boarding_school vienna the_desert new_orleans a_prison_camp dublin a_mountain_town
    moscow a_farm rome a_hospital india`);

/** What sets a plot going: what somebody does next. */
export const plotEvents =
  wordList(`discovers_a_hidden_letter loses_a_good_job witnesses_a_murder moves_back_home finds_a_lost_child steals_a_car
    joins_the_army meets_an_old_friend takes_a_new_job escapes_from_jail returns_from_the_war opens_a_restaurant
    is_accused_of_murder falls_from_a_roof writes_to_a_brother crosses_the_border plans_a_wedding
    leaves_the_city learns_a_secret sells_the_family_farm runs_for_mayor enters_a_contest travels_by_train
    finds_a_gun marries_a_stranger kills_a_man fights_in_the_war runs_away_from_home wins_a_match
    gets_lost_in_the_forest visits_a_prison calls_the_police becomes_a_priest builds_a_boat loses_a_bet
    shoots_a_guard drives_to_the_coast works_in_a_hotel`);

/** What a film or a part of it does to those who see it. */
export const filmJudgements =
  wordList(`leaves_the_viewer_cold wins_you_over finds_the_right_tone takes_too_long keeps_its_charm lacks_any_tension
    makes_you_think rings_true loses_its_nerve deserves_a_wider_audience falls_apart hits_the_right_notes
    tries_too_hard stays_with_you offers_little_suspense holds_the_attention has_no_heart adds_nothing_new
    runs_out_of_ideas breaks_your_heart feels_like_a_long_commercial is_a_pleasure_to_watch never_surprises
    knows_what_it_wants asks_the_right_questions gives_the_actors_nothing_to_do fails_in_the_last_act
    works_from_the_start goes_on_for_hours needs_a_better_ending looks_like_a_television_show
    moves_at_a_slow_pace deserves_the_praise is_too_long_by_an_hour lives_up_to_the_name shows_real_skill
    leaves_a_bad_taste ends_on_a_false_note speaks_to_the_heart`);

/** Words that strengthen an adjective and take no side. */
export const strengths = wordList(
  "deeply truly utterly thoroughly really quite simply completely very entirely so rather",
);
