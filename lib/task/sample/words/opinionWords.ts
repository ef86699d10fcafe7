/** Words of praise and blame, for reviews and opinion phrases; each pair is [negative, positive]. */

import { type WordList, wordList } from "../wordList.js";

/** What a film, a play or one of its parts can be called. */
export const verdictAdjectives: readonly [WordList, WordList] = [
  wordList(`awful dull boring horrible bad stupid tedious bland weak predictable silly lame clumsy slow lifeless messy
    shallow pointless ugly annoying dreadful tired flat painful confusing empty poor ridiculous hollow stale forgettable
    sloppy mediocre disappointing pathetic ludicrous unfunny cheap tiresome lazy awkward absurd forced wooden irritating
    offensive incoherent pretentious miserable repetitive uninspired unpleasant disgusting crude clunky worthless inept
    insulting laughable hideous unbearable banal dreary monotonous superficial frustrating nasty contrived embarrassing
    tasteless careless vulgar useless idiotic atrocious appalling trite dismal lousy wretched`),
  wordList(`wonderful brilliant superb charming delightful excellent funny moving touching clever beautiful gripping
    fresh witty warm graceful powerful stunning elegant honest sharp inspiring lovely magical thrilling hilarious
    enjoyable memorable fascinating perfect impressive splendid original engaging entertaining tender rich exciting smart
    amazing joyful remarkable refreshing compelling lively outstanding satisfying terrific marvelous captivating amusing
    uplifting absorbing exquisite masterful bright bold imaginative dazzling gorgeous sweet glorious vibrant appealing
    rewarding irresistible intelligent admirable pleasing fantastic fabulous sensational flawless inventive sincere
    polished convincing stylish fine magnificent`),
];

/** What a film can be summed up as. */
export const verdictNouns: readonly [WordList, WordList] = [
  wordList(`mess disaster bore failure waste disappointment chore insult mistake embarrassment flop nightmare fiasco
    blunder headache ordeal joke misfire shame disgrace`),
  wordList(`triumph delight treat gem joy masterpiece pleasure winner success wonder treasure feast marvel classic
    knockout victory jewel gift blessing achievement`),
];

/** What a film, or a part of it, does. */
export const verdictVerbs: readonly [WordList, WordList] = [
  wordList(
    "bores fails drags stumbles disappoints annoys collapses falters sinks irritates exhausts suffers crawls limps",
  ),
  wordList(
    "delights charms shines sparkles soars succeeds entertains impresses dazzles thrills enchants inspires amuses glows",
  ),
];

/** States and events that people fear or hope for. */
export const feltNouns: readonly [WordList, WordList] = [
  wordList(`war fear violence hatred corruption poverty suffering crime terror hunger disease injustice anger chaos
    cruelty despair pain grief torture abuse conflict crisis danger panic oppression misery racism greed tyranny tension
    threats hostility distrust failure shame destruction ignorance bloodshed sickness ruin`),
  wordList(`peace hope friendship trust freedom justice progress happiness safety prosperity joy love courage wisdom
    health success harmony generosity kindness honesty dignity unity stability respect cooperation growth equality
    support compassion pride comfort confidence loyalty honor beauty security tolerance goodwill faith victory`),
];

/** What people say or do about a plan, in the past tense. */
export const stanceVerbs: readonly [WordList, WordList] = [
  wordList(`condemned attacked criticized hated opposed rejected denounced blamed mocked ridiculed resented threatened
    accused insulted feared despised protested deplored punished betrayed`),
  wordList(`praised supported admired welcomed loved backed applauded endorsed thanked embraced defended celebrated
    honored encouraged trusted respected cheered blessed favored helped`),
];

/** How people feel. */
export const feltAdjectives: readonly [WordList, WordList] = [
  wordList(`angry worried sad bitter afraid furious hostile frightened ashamed upset desperate outraged suspicious hopeless
    jealous disgusted guilty anxious cruel alarmed`),
  wordList(`happy hopeful glad grateful proud friendly pleased confident delighted calm generous optimistic cheerful loyal
    satisfied kind eager sincere relaxed thrilled`),
];
