/** Words for kinds of things, as questions ask for them ("what river ..."), and things to ask about. */

import { type WordList, wordList } from "../wordList.js";

/** Nouns that ask for a thing, a person, a place or a number when they follow "what" or "which". */
export const askedKinds: Readonly<Record<"entity" | "human" | "location" | "number", WordList>> = {
  entity:
    wordList(`animal color food dog instrument language fruit bird drink sport disease game metal plant book fish weapon song
      religion car tree flower vegetable newspaper horse drug cat vehicle machine tool currency ship gas
      substance breed cheese dance song_title film_title bone book_title mineral planet chemical product subject
      word event`),
  human:
    wordList(`president actor writer king scientist queen singer painter leader player author actress poet general athlete
      musician composer minister governor director emperor senator artist prince philosopher comedian boxer
      pilot novelist astronaut coach doctor`),
  location:
    wordList(`city country river state lake island town mountain continent province ocean village capital county desert port
      street valley region coast sea park bay district nation hill kingdom peninsula border canal`),
  number:
    wordList(`year percentage date age number price population distance speed temperature amount length height weight size
      century decade month cost salary score depth total`),
};

/** Things that questions of every kind speak of. */
export const topics =
  wordList(`the_gold_rush the_olympic_games the_french_revolution the_stock_market the_human_heart the_moon the_roman_army
    the_cold_war the_railway the_telephone a_hurricane the_world_cup the_black_death the_great_wall coffee
    the_printing_press chess a_volcano the_catholic_church the_opera silk the_civil_war a_diamond the_radio
    the_liver a_rainbow baseball the_bible the_london_bridge the_olympics television the_computer the_theater
    the_atom_bomb football the_electric_light`);

/** What has been done with them. */
export const deeds =
  wordList(`invented discovered produced banned described sold studied protected celebrated built named attacked recorded
    imported introduced financed founded visited painted explored damaged shown used measured`);

/** Names that could be short for something. */
export const shortNames = wordList(
  `fbi nasa dna cia bbc aids dvd ceo gdp un eu mtv nfl ibm ups usa pc tv cd nbc abc imf ny dj pr ad pm mp ii ac dc`,
);

/** Words that can be explained. */
export const terms =
  wordList(`inflation democracy gravity a_mortgage an_earthquake evolution a_virus oxygen bankruptcy a_tariff radiation
    leather an_atom satire a_treaty a_census poverty a_bomb freedom a_novel justice cancer marriage an_election
    a_museum insurance a_hurricane heaven`);
