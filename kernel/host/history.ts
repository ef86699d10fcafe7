/** The inputs of this session, for `history_request`. */

import type { Json } from "../wire/message.js";

/** `[session, line, input]`, or `[session, line, [input, output]]`. */
type Entry = readonly [number, number, string | readonly [string, string | null]];

/** Keeps inputs in memory. */
export class History {
  private readonly inputs: { readonly count: number; readonly input: string }[] = [];

  /** Remembers a cell that counts. */
  add(count: number, input: string): void {
    this.inputs.push({ count, input });
  }

  /** Answers a request: the last `n`, a range of lines, or those that match a glob pattern. */
  answer(request: Json): readonly Entry[] {
    const { hist_access_type, n, start, stop, pattern, output } = request;
    let found = this.inputs;
    if (hist_access_type === "range") {
      const last = typeof stop === "number" ? stop : Number.POSITIVE_INFINITY;
      found = found.filter(({ count }) => count >= Number(start ?? 0) && count < last);
    } else if (hist_access_type === "search") {
      const expression = globExpression(typeof pattern === "string" ? pattern : "*");
      found = found.filter(({ input }) => expression.test(input));
    }
    if (hist_access_type !== "range" && typeof n === "number") found = found.slice(-n);
    return found.map(({ count, input }): Entry => [0, count, output === true ? [input, null] : input]);
  }
}

function globExpression(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, "[^]*")
    .replace(/\?/g, "[^]");
  return new RegExp(`^${escaped}$`);
}
