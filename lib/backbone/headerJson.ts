/** JSON from a file that nobody vouches for. */

/** An entry of a header holds an object that holds an array. */
const MAX_DEPTH = 8;

/**
 * Parses JSON text that holds no key twice, and is not nested deeper than a header is. (`JSON.parse` would take the
 * last of two equal keys, where another reader takes the first.)
 *
 * @throws SyntaxError  saying what is wrong
 */
export function parseHeaderJson(text: string): unknown {
  const objects: Set<string>[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === "{" || letter === "[") {
      if (++depth > MAX_DEPTH) throw new SyntaxError(`is nested deeper than ${MAX_DEPTH} levels`);
      if (letter === "{") objects.push(new Set());
    } else if (letter === "}" || letter === "]") {
      depth -= 1;
      if (letter === "}") objects.pop();
    } else if (letter === '"') {
      const start = at;
      at = endOfString(text, start);
      if (!isBeforeColon(text, at + 1)) continue;
      const key = parse(text.slice(start, at + 1));
      const keys = objects.at(-1);
      if (typeof key !== "string" || keys?.has(key))
        throw new SyntaxError(`holds the key ${JSON.stringify(key)} twice`);
      keys?.add(key);
    }
  }
  return parse(text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError("is not JSON", { cause });
  }
}

/** Position of the quotation mark that ends the string at `start`; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function isBeforeColon(text: string, from: number): boolean {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return text[at] === ":";
}
