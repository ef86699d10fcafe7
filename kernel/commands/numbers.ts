/** Numbers on a command line. */

import { InvalidArgumentError } from "commander";

/** @throws InvalidArgumentError  when the text is no finite number */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("it must be a number");
  return value;
}

/** Numbers between commas; throws as `number` does. */
export function numbers(text: string): number[] {
  return text.split(",").map(number);
}

/** A number above 0; throws as `number` does. */
export function positive(text: string): number {
  const value = number(text);
  if (value <= 0) throw new InvalidArgumentError("it must be more than 0");
  return value;
}
