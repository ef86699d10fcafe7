/** How Jupyter writes notebooks as text: which outputs are lists of lines, in which order keys stand. */

/** Whether outputs of this MIME type are text, which stands on disk as a list of lines. */
export function isText(mime: string): boolean {
  return /^(text\/|image\/svg\+xml$|application\/(javascript|ecmascript)$)/.test(mime);
}

/** Whether outputs of this MIME type are base64, which stands on disk as one string. */
export function isBinary(mime: string): boolean {
  return /^(image|audio|video)\//.test(mime) || mime === "application/pdf";
}

/** Lines that keep their line ends; no lines for no text. */
export function lines(joined: string): string[] {
  return joined.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

/** The JSON text of a notebook's file: keys sorted, one space, final newline. */
export function notebookText(file: unknown): string {
  return `${JSON.stringify(sortKeys(file), null, 1)}\n`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
