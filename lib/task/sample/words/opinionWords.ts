/** Words of praise and blame, for reviews and opinion phrases; each pair is [negative, positive]. */

import { type WordList, wordList } from "../wordList.js";

/** What a film, a play or one of its parts can be called. */
export const verdictAdjectives: readonly [WordList, WordList] = [
  wordList(`awful dull boring horrible bad stupid tedious bland weak predictable silly lame clumsy slow shallow pointless
    ugly annoying dreadful tired flat painful confusing empty poor ridiculous hollow forgettable mediocre
    disappointing pathetic ludicrous unfunny cheap lazy awkward absurd forced wooden irritating offensive
    pretentious miserable unpleasant disgusting crude worthless inept laughable hideous dreary superficial nasty
    contrived embarrassing careless vulgar useless atrocious appalling lousy wretched cheesy mindless ordinary
    dumb pale thin rough wrong inferior false fake dated flawed excessive vague corny terribly_bad`),
  wordList(`wonderful brilliant superb charming delightful excellent funny moving touching clever beautiful gripping fresh
    witty warm powerful stunning elegant honest sharp inspiring lovely magical thrilling hilarious enjoyable
    memorable fascinating perfect impressive splendid original engaging entertaining tender rich exciting smart
    amazing remarkable refreshing compelling lively outstanding satisfying terrific marvelous amusing exquisite
    bright bold imaginative gorgeous sweet glorious appealing intelligent admirable fantastic fabulous sincere
    polished convincing stylish fine magnificent likable beloved haunting delicious astonishing fun wise strong
    true nice pleasant poetic profound subtle realistic natural breathtaking spectacular superior ideal
    exceptional extraordinary`),
];

/** What a film can be summed up as. */
export const verdictNouns: readonly [WordList, WordList] = [
  wordList(`mess disaster bore failure waste disappointment chore insult mistake embarrassment nightmare joke shame disgrace
    bomb loss scandal crime insult_to_the_audience horror waste_of_time joke_on_us tragedy`),
  wordList(`triumph delight treat gem joy masterpiece pleasure winner success wonder treasure feast marvel classic victory
    jewel gift blessing achievement hit miracle celebration work_of_art piece_of_magic dream sensation
    pleasure_to_see`),
];

/** What a film, or a part of it, does. */
export const verdictVerbs: readonly [WordList, WordList] = [
  wordList(`fails suffers falls_flat lacks_energy struggles goes_nowhere makes_no_sense ends_badly leaves_us_bored
    is_painful_to_watch feels_dead loses_its_way has_no_point makes_us_sleep gets_worse`),
  wordList(`shines succeeds works wins_us_over moves_us makes_us_laugh rises is_a_pleasure_to_watch feels_alive
    keeps_us_happy has_real_beauty gets_better touches_the_heart makes_us_smile never_loses_its_charm
    has_great_heart looks_wonderful`),
];

/** States and events that people fear or hope for. */
export const feltNouns: readonly [WordList, WordList] = [
  wordList(`war fear violence hatred corruption poverty suffering crime terror hunger disease anger chaos cruelty despair
    pain grief torture abuse conflict crisis danger panic misery racism tension threats failure shame
    destruction ignorance ruin threat sin evil scandal fraud slavery defeat loss tragedy stress guilt horror
    death illness revolt`),
  wordList(`peace hope friendship trust freedom justice progress happiness safety joy love courage wisdom health success
    harmony kindness honesty dignity unity stability respect cooperation growth equality support compassion
    pride comfort confidence loyalty honor beauty security faith victory benefits liberty luck glory grace mercy
    relief wealth talent truth charity improvement`),
];

/** What people say or do about a plan, in the past tense. */
export const stanceVerbs: readonly [WordList, WordList] = [
  wordList(`condemned attacked criticized hated opposed rejected blamed threatened accused feared protested betrayed refused
    denied warned fought hurt killed ignored disliked banned`),
  wordList(`praised supported admired welcomed loved backed endorsed defended celebrated honored encouraged trusted
    respected blessed helped promoted recommended accepted approved protected saved liked enjoyed adopted
    appreciated`),
];

/** How people feel. */
export const feltAdjectives: readonly [WordList, WordList] = [
  wordList(`angry worried sad bitter afraid furious hostile frightened ashamed upset desperate suspicious hopeless jealous
    guilty anxious cruel alarmed mad nervous scared lonely shocked violent unhappy frustrated sorry rude mean
    tired`),
  wordList(`happy glad grateful proud friendly pleased confident delighted calm generous optimistic cheerful loyal satisfied
    kind eager sincere relaxed thrilled brave excited nice gentle comfortable safe lucky polite warm`),
];
