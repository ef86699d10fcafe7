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

/** Twelve kinds of fact. */
export const oppositions: readonly Opposition[] = [
  {
    subjects:
      wordList(`prices profits wages sales taxes rents exports costs oil_prices temperatures imports interest_rates
      house_prices earnings salaries shares crime_rates birth_rates`),
    sides: [
      wordList("rose increased climbed grew jumped soared surged went_up expanded doubled"),
      wordList("fell dropped declined decreased plunged sank shrank went_down slipped tumbled"),
    ],
  },
  {
    subjects: wordList(`the_team the_candidate the_champion the_party the_club the_young_boxer the_senator the_home_side
      the_swedish_player the_visitors the_french_runner the_mayor`),
    sides: [
      wordList(
        "won succeeded triumphed prevailed was_victorious came_first took_the_title was_elected earned_a_medal advanced",
      ),
      wordList(
        "lost failed was_beaten was_defeated was_eliminated came_last was_knocked_out suffered_a_defeat gave_up surrendered",
      ),
    ],
  },
  {
    subjects: wordList(`the_audience the_critics voters the_public fans the_newspapers readers the_students local_people
      the_jury the_workers the_children`),
    objects: wordList(
      "the_show the_book the_play the_speech the_film the_singer the_music the_actor the_poem the_dancer",
    ),
    sides: [
      wordList("loved praised enjoyed admired liked applauded adored cheered welcomed celebrated"),
      wordList("hated attacked despised criticized disliked mocked detested booed condemned ridiculed"),
    ],
  },
  {
    subjects:
      wordList(`the_patient the_king the_driver the_baby the_old_sailor the_hostage the_climber the_soldier the_horse
      the_queen the_pilot the_prisoner`),
    sides: [
      wordList(
        "survived recovered lived was_saved was_rescued got_well was_cured stayed_alive was_healed pulled_through",
      ),
      wordList("died perished was_killed drowned was_murdered passed_away was_lost was_shot_dead was_buried starved"),
    ],
  },
  {
    subjects:
      wordList(`the_visitor the_bus the_general the_train the_guest the_ship the_ambassador the_new_teacher the_army
      the_plane the_stranger the_dancer`),
    sides: [
      wordList("arrived came entered landed returned appeared showed_up came_back moved_in joined_us"),
      wordList("left departed went_away escaped disappeared fled vanished took_off moved_out deserted_us"),
    ],
  },
  {
    subjects:
      wordList(`the_mother the_boy the_neighbors the_teacher the_bride the_customer the_manager the_girl the_guests
      the_winner the_farmer the_singer`),
    sides: [
      wordList(
        "was_happy smiled was_glad laughed was_pleased rejoiced was_cheerful celebrated was_delighted was_thrilled",
      ),
      wordList("was_sad cried was_upset wept was_unhappy mourned was_miserable suffered was_depressed was_heartbroken"),
    ],
  },
  {
    subjects:
      wordList(`the_bridge the_church the_old_castle the_hospital the_town_hall the_temple the_factory the_school
      the_palace the_harbor the_library the_theater`),
    sides: [
      wordList(
        "was_built was_repaired was_restored was_constructed was_rebuilt was_renovated was_completed was_erected was_improved was_opened",
      ),
      wordList(
        "was_destroyed was_burned was_damaged was_demolished was_wrecked was_ruined was_bombed was_abandoned was_torn_down was_closed",
      ),
    ],
  },
  {
    subjects:
      wordList(`the_council the_committee the_minister the_bank the_owner the_union the_court the_company the_church
      the_director the_parliament the_board`),
    objects: wordList(
      "the_offer the_deal the_project the_plan the_law the_proposal the_request the_sale the_treaty the_visit",
    ),
    sides: [
      wordList("accepted approved supported allowed backed endorsed permitted adopted passed confirmed"),
      wordList("refused rejected opposed blocked denied banned vetoed stopped prevented canceled"),
    ],
  },
  {
    subjects: wordList(
      "the_water the_room the_weather the_soup the_house the_wind the_tea the_sand the_cabin the_lake",
    ),
    sides: [
      wordList(
        "was_hot was_warm was_boiling heated_up was_burning was_mild got_warmer was_steaming was_tropical melted",
      ),
      wordList("was_cold was_cool was_freezing cooled_down was_icy was_chilly got_colder was_frozen was_arctic froze"),
    ],
  },
  {
    subjects: wordList(`the_merchant the_family the_village the_region the_artist the_widow the_colony the_shop the_firm
      the_young_couple`),
    sides: [
      wordList(
        "was_rich was_wealthy prospered made_money made_a_fortune thrived was_prosperous earned_millions flourished was_successful",
      ),
      wordList(
        "was_poor was_bankrupt struggled lost_money lost_everything starved was_ruined owed_millions collapsed was_broke",
      ),
    ],
  },
  {
    subjects: wordList(`the_two_countries the_tribes the_brothers the_rebels the_families the_leaders the_neighbors
      the_gangs the_rivals the_nations`),
    sides: [
      wordList(
        "made_peace were_friends cooperated were_allies got_along reconciled helped_each_other worked_together trusted_each_other shook_hands",
      ),
      wordList(
        "went_to_war were_enemies fought were_rivals clashed quarreled attacked_each_other argued hated_each_other battled",
      ),
    ],
  },
  {
    subjects: wordList(
      "the_road the_exam the_job the_climb the_journey the_task the_test the_operation the_game the_trip",
    ),
    sides: [
      wordList(
        "was_safe was_easy was_simple was_comfortable went_well was_pleasant was_smooth was_painless was_harmless was_relaxing",
      ),
      wordList(
        "was_dangerous was_hard was_difficult was_tough went_wrong was_unpleasant was_rough was_painful was_deadly was_exhausting",
      ),
    ],
  },
];

/** When a fact took place. */
export const times = wordList(
  "last_year in_march on_monday in_1998 this_week on_friday in_april yesterday two_years_ago in_the_summer in_2004 last_night",
);

/** Where. */
export const places = wordList(
  "in_london in_the_north in_china near_the_border in_the_capital in_spain across_the_country in_texas on_the_coast in_the_south",
);

/** What may be added about a reason or an aim, which the other text does not say. */
export const reasons = wordList(`because_of_the_war because_of_the_storm to_please_the_king because_of_the_election
  for_the_sake_of_the_children to_save_money thanks_to_a_new_law because_of_a_strike to_win_the_vote
  because_of_bad_advice to_help_the_poor for_political_reasons as_a_result_of_the_crisis to_impress_the_press`);
