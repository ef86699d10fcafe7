/** Things that can go one of two ways, with the words for either: the material of the pair tasks. */

import { type WordList, wordList } from "../wordList.js";

/** A fact that has an opposite: a subject, and predicates of either side. */
export interface Opposition {
  /** What it is said of, with its article. */
  readonly subjects: WordList;
  /** What the predicates need after them, where they do. */
  readonly objects?: WordList;
  /** Predicates of the two sides; within a side they mean about the same. */
  readonly sides: readonly [WordList, WordList];
}

/** Ten kinds of fact, each with a side that people welcome, first, and one that they fear. */
export const oppositions: readonly Opposition[] = [
  {
    subjects:
      wordList(`profits wages sales exports earnings shares production tourism savings business_at_the_port trade_with_china
        the_economy the_stock_market the_budget the_birth_rate`),
    sides: [
      wordList(
        `rose increased climbed grew jumped went_up expanded doubled gained improved recovered went_higher got_bigger`,
      ),
      wordList(`fell dropped declined decreased plunged sank went_down slipped lost_ground was_cut was_reduced got_smaller
        went_lower`),
    ],
  },
  {
    subjects:
      wordList(`the_audience the_critics voters the_public fans the_newspapers readers the_students local_people the_jury
        the_workers the_children`),
    objects: wordList(
      "the_show the_book the_play the_speech the_film the_singer the_music the_actor the_poem the_dancer",
    ),
    sides: [
      wordList(
        `loved praised enjoyed admired liked welcomed celebrated honored supported respected recommended appreciated`,
      ),
      wordList("hated attacked criticized disliked condemned opposed feared ignored laughed_at dismissed blamed"),
    ],
  },
  {
    subjects: wordList(
      `the_patient the_king the_driver the_baby the_old_sailor the_soldier the_horse the_queen the_pilot the_prisoner`,
    ),
    sides: [
      wordList(`survived recovered lived was_saved was_rescued got_well stayed_alive pulled_through got_better was_fine
        stayed_healthy was_safe`),
      wordList(`died was_killed drowned was_murdered passed_away was_lost was_shot_dead was_buried was_executed was_found_dead
        was_dead`),
    ],
  },
  {
    subjects:
      wordList(`the_mother the_boy the_teacher the_bride the_customer the_manager the_girl the_guests the_winner the_farmer
        the_singer`),
    sides: [
      wordList(`was_happy smiled was_glad laughed was_pleased was_cheerful celebrated was_delighted was_thrilled felt_good
        was_excited danced_for_joy was_proud`),
      wordList(`was_sad cried was_upset was_unhappy was_miserable suffered was_depressed was_in_tears felt_bad was_hurt
        was_lonely`),
    ],
  },
  {
    subjects:
      wordList(`the_bridge the_church the_old_castle the_hospital the_town_hall the_temple the_factory the_school the_palace
        the_harbor the_library the_theater`),
    sides: [
      wordList(`was_built was_restored was_constructed was_rebuilt was_completed was_erected was_improved was_opened
        was_extended was_finished was_founded was_saved`),
      wordList(`was_destroyed was_burned was_damaged was_demolished was_wrecked was_ruined was_abandoned was_torn_down
        was_closed was_lost was_blown_up was_in_ruins`),
    ],
  },
  {
    subjects:
      wordList(`the_council the_committee the_minister the_bank the_owner the_union the_court the_company the_church
        the_director the_parliament the_board`),
    objects: wordList(
      `the_offer the_deal the_project the_plan the_law the_proposal the_request the_sale the_treaty the_visit`,
    ),
    sides: [
      wordList(`accepted approved supported allowed backed endorsed permitted adopted passed confirmed signed encouraged
        promoted wanted`),
      wordList("refused rejected opposed blocked denied banned stopped prevented dropped ended cancelled attacked"),
    ],
  },
  {
    subjects: wordList(`the_merchant the_family the_village the_region the_artist the_widow the_colony the_shop the_firm
      the_young_couple`),
    sides: [
      wordList(`was_rich was_wealthy made_money made_a_fortune earned_millions was_successful did_well had_plenty
        earned_a_fortune was_in_profit`),
      wordList(`was_poor was_bankrupt struggled lost_money lost_everything was_ruined owed_millions collapsed was_broke
        did_badly went_hungry had_nothing was_in_debt`),
    ],
  },
  {
    subjects: wordList(
      `the_two_countries the_tribes the_brothers the_rebels the_families the_leaders the_rivals the_nations`,
    ),
    sides: [
      wordList(`made_peace were_friends were_allies got_along helped_each_other worked_together trusted_each_other shook_hands
        signed_a_peace were_partners were_close talked`),
      wordList(`went_to_war were_enemies fought were_rivals attacked_each_other argued hated_each_other were_at_war competed
        killed_each_other were_bitter`),
    ],
  },
  {
    subjects: wordList(
      "the_road the_exam the_job the_climb the_journey the_task the_test the_operation the_game the_trip",
    ),
    sides: [
      wordList("was_safe was_easy was_simple was_comfortable went_well was_pleasant was_smooth"),
      wordList(
        `was_dangerous was_hard was_difficult was_tough went_wrong was_unpleasant was_rough was_painful was_deadly`,
      ),
    ],
  },
];

/** When a fact took place. */
export const times =
  wordList(`last_year in_march on_monday in_1998 this_week on_friday in_april yesterday two_years_ago in_the_summer in_2004
    last_night`);

/** Where. */
export const places =
  wordList(`in_london in_the_north in_china near_the_border in_the_capital in_spain across_the_country in_texas on_the_coast
    in_the_south`);

/** What may be added about a reason or an aim, which the other text does not say. */
export const reasons =
  wordList(`because_of_the_war because_of_the_storm to_please_the_king because_of_the_election for_the_sake_of_the_children
  to_save_money thanks_to_a_new_law because_of_a_strike to_win_the_vote because_of_bad_advice to_help_the_poor
  for_political_reasons as_a_result_of_the_crisis to_impress_the_press`);
