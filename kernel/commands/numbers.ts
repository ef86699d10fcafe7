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
