/** The user's expressions as V8 evaluates them, and the kernel's own. */

import { DEBUG_VIEW_KEY } from "../worker/protocol.js";

/** The `DebugView` of the process. */
export const DEBUG_VIEW = `globalThis[Symbol.for("${DEBUG_VIEW_KEY}")]`;

/**
 * The expression (or statements, whose last value counts) with the names of earlier cells in sight, behind the names that
 * the stopped code sees itself. Compiled cells read those names from the session, so V8 does not know them.
 */
export function sessionExpression(expression: string): string {
  return `((__local) => { with (${DEBUG_VIEW}.scope(__local)) return eval(${JSON.stringify(expression)}); })((__name) => eval(__name))`;
}

/** The expression that prints a log message; text in braces is an expression of its own. */
export function logExpression(message: string): string {
  const parts = message.split(/\{([^{}]*)\}/).map((part, index) => (index % 2 === 0 ? JSON.stringify(part) : part));
  return `console.log(${parts.map((part) => `String(${part})`).join(" + ")})`;
}

/** A member of a value, as an expression: `a.b`, `a[0]`, `a["b c"]`. */
export function memberExpression(parent: string, name: string): string {
  if (/^#?[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return `${parent}.${name}`;
  return /^\d+$/.test(name) ? `${parent}[${name}]` : `${parent}[${JSON.stringify(name)}]`;
}
