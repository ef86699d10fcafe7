/** Settings of a method from the command line. */

/**
 * Nested settings from `name=value` texts: `search.steps=50` is `{ search: { steps: 50 } }`. A value is JSON where it
 * parses as such, and else a word.
 *
 * @throws Error  when a text has no name before its "="
 */
export function settingsOf(texts: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw new Error(`--set takes name=value, such as topK=3; got "${text}".`);
    const path = text.slice(0, at).split(".");
    const last = path.pop() ?? "";
    let inner = settings;
    for (const name of path) {
      const next = inner[name];
      const folder = typeof next === "object" && next !== null ? (next as Record<string, unknown>) : {};
      inner[name] = folder;
      inner = folder;
    }
    inner[last] = parseValue(text.slice(at + 1));
  }
  return settings;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a word, such as "classifier"
  }
}
