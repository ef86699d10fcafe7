/** When and where something happened. */

import { wordList } from "../wordList.js";

/** When. */
export const times =
  wordList(`last_year in_march on_monday in_1998 this_week on_friday in_april yesterday two_years_ago in_the_summer in_2004
    last_night`);

/** Where. */
export const places =
  wordList(`in_london in_the_north in_china near_the_border in_the_capital in_spain across_the_country in_texas on_the_coast
    in_the_south`);
