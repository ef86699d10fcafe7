/**
 * `sptlab verify`: executes a report or a notebook again and says, number by number, what matched.
 * Exit status: 0 all matched; 1 something did not; 2 it could not be computed; 130 interrupted.
 */

import { type Command, InvalidArgumentError } from "commander";
import type { Check } from "../notebook/compareNotebooks.js";
import type { Verification } from "../notebook/verifyFile.js";
import { number, positive } from "./numbers.js";

interface VerifyFlags {
  readonly tolerance?: number;
  readonly timeout?: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Adds the subcommand to `program`. */
export function registerVerify(program: Command): void {
  program
    .command("verify")
    .description("execute a report or a notebook again on a fresh kernel, and compare every number")
    .argument("<report-or-notebook>", "a report by sptlab report, or an executed notebook")
    .option(
      "--tolerance <share>",
      "how far a number may be off, relative to it or to 1 (default: 0 on the same type of machine, else 0.01)",
      notNegative,
    )
    .option("--timeout <seconds>", "longest time of one cell", positive)
    .option("--all", "list every number, also those that match")
    .option("--json", "print the comparison as JSON")
    .action(verify);
}

async function verify(path: string, { tolerance, timeout, all = false, json = false }: VerifyFlags): Promise<void> {
  try {
    const { verifyFile } = await import("../notebook/verifyFile.js");
    const verification = await verifyFile(path, { tolerance, timeoutSeconds: timeout });
    console.log(json ? JSON.stringify(verification) : verificationText(verification, all));
    process.exitCode = { matched: 0, mismatched: 1, failed: 2, stopped: 130 }[verification.status];
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}

/** The comparison as lines: one for each output and run, with what did not match (or, with `all`, everything) below it. */
export function verificationText(verification: Verification, all: boolean): string {
  const { status, checks, leftOut, tolerance, machineDifferences, notes, seconds } = verification;
  if (status === "stopped") return "stopped; nothing was compared";
  if (status === "failed") return `could not be computed: ${notes.join(" ")}`;
  const left = Object.entries(leftOut).map(([kind, count]) => `${kind} ${count}`);
  return [
    ...machineDifferences.map((difference) => `another machine: ${difference}`),
    tolerance === 0
      ? "numbers must be equal to the last bit"
      : `numbers may be off by ${tolerance}, relative to them or to 1`,
    ...[...new Set(checks.map(({ place }) => place))].flatMap((place) => {
      const found = checks.filter((check) => check.place === place);
      const listed = found.filter(({ isMatch }) => all || !isMatch);
      const isMatch = found.every((check) => check.isMatch);
      return [`${mark(isMatch)} ${place}: ${countText(found)}`, ...listed.map((check) => `      ${checkText(check)}`)];
    }),
    ...notes.map((note) => `note: ${note}`),
    ...(left.length > 0 ? [`not compared: ${left.join(", ")}`] : []),
    `${status.toUpperCase()}: ${countText(checks)}; computed in ${seconds.toFixed(0)} s`,
  ].join("\n");
}

/** "12 of 13 numbers and 4 of 4 words match". */
function countText(checks: readonly Check[]): string {
  const parts = (["number", "string"] as const).flatMap((type) => {
    const ofType = checks.filter(({ expected, actual }) => typeof (expected ?? actual) === type);
    const matched = ofType.filter(({ isMatch }) => isMatch).length;
    return ofType.length > 0 ? [`${matched} of ${ofType.length} ${type === "number" ? "numbers" : "words"}`] : [];
  });
  return `${parts.join(" and ")} match`;
}

function checkText({ name, expected, actual, isMatch }: Check): string {
  const isOff = typeof expected === "number" && typeof actual === "number" && !isMatch;
  const difference = isOff ? ` (off by ${Math.abs(actual - expected).toPrecision(2)})` : "";
  return `${mark(isMatch)} ${name}: ${expected ?? "nothing"} then, ${actual ?? "nothing"} now${difference}`;
}

function mark(isMatch: boolean): string {
  return isMatch ? "ok " : "NOT";
}

function notNegative(text: string): number {
  const value = number(text);
  if (value < 0) throw new InvalidArgumentError("it must be 0 or more");
  return value;
}
