/** Who holds an opinion of what, and what they do without showing one: the material of MNLI, RTE and MRPC. */

import { wordList } from "../wordList.js";

/** Groups that hold an opinion. */
export const groups =
  wordList(`workers critics voters students readers farmers fans experts doctors teachers parents visitors
    judges lawyers ministers soldiers neighbors drivers owners tourists`);

/** What they hold it of. */
export const plans = wordList(`plan law deal film book project offer show speech proposal visit song report road
    agreement museum school reform concert design bridge trial market building system`);

/** What a group does about a plan without taking a side. */
export const plainVerbs =
  wordList(`discussed mentioned described saw read heard_of watched studied noticed found recorded examined opened
    visited wrote_about remembered copied showed drew counted observed returned_to moved measured looked_at
    asked_about learned_of passed_by talked_about printed`);
