/** The representations of a value, by MIME type, richest last or first as the client likes. */

import { inspect } from "node:util";
import { pictureOf } from "./imageBundle.js";
import { isTable, tableBundle } from "./tableBundle.js";
import { isTensor, tensorBundle } from "./tensorBundle.js";

/** MIME type to content: text, or JSON for `+json` types; binary as base64. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** The method by which a value shows itself (Deno's convention, which plotting libraries follow). */
export const JUPYTER_DISPLAY = Symbol.for("Jupyter.display");

/** The most characters of a value's text. */
const MAX_TEXT_CHARS = 50_000;

/**
 * The MIME bundle of `value`: what its `Symbol.for("Jupyter.display")` method returns, an HTML table for an arquero
 * table, markup for a DOM element, the numbers of a tensor, the picture that bytes hold, and `util.inspect` for the rest.
 * A promise only where the value itself needs one.
 */
export function mimeBundle(value: unknown): MimeBundle | Promise<MimeBundle> {
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    const members = value as Record<PropertyKey, unknown>;
    const show = members[JUPYTER_DISPLAY];
    if (typeof show === "function") return fromMethod(show.call(value));
    if (isTable(members)) return tableBundle(members);
    if (isTensor(members)) return tensorBundle(members);
    if (value instanceof Uint8Array) return { ...pictureOf(value), "text/plain": plainText(value) };
    if (typeof members.outerHTML === "string") return elementBundle(members.outerHTML);
  }
  return { "text/plain": plainText(value) };
}

/**
 * A bundle given by the user: bytes become base64, and what is no text becomes plain JSON.
 *
 * @throws TypeError  when some content is neither: a circle, a BigInt, a function
 */
export function encodedBundle(bundle: object): MimeBundle {
  const encoded = Object.entries(bundle).map(([type, content]): [string, unknown] => {
    if (content instanceof Uint8Array) return [type, Buffer.from(content).toString("base64")];
    return [type, typeof content === "string" ? content : jsonOf(content, type)];
  });
  return Object.fromEntries(encoded.filter(([, content]) => content !== undefined));
}

/** The value as the wire can carry it; `what` names it in the error. */
export function jsonOf(value: unknown, what: string): unknown {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return JSON.parse(text);
    if (value === undefined) return undefined;
    throw new TypeError(`got a ${typeof value}`);
  } catch (error) {
    const message = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new TypeError(`expected text, bytes or JSON for ${what}: ${message}`, { cause: error });
  }
}

/** `util.inspect`, deep enough to be useful and short enough to read. */
export function plainText(value: unknown): string {
  const text = inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 });
  const rest = text.length - MAX_TEXT_CHARS;
  return rest > 0 ? `${text.slice(0, MAX_TEXT_CHARS)}\n… ${rest.toLocaleString("en-US")} more characters` : text;
}

async function fromMethod(returned: unknown): Promise<MimeBundle> {
  const bundle = await returned;
  if (typeof bundle !== "object" || bundle === null) {
    throw new TypeError(`expected a MIME bundle from Symbol.for("Jupyter.display"); got ${plainText(bundle)}`);
  }
  return encodedBundle(bundle);
}

function elementBundle(markup: string): MimeBundle {
  const type = markup.startsWith("<svg") ? "image/svg+xml" : "text/html";
  return { [type]: markup, "text/plain": markup.slice(0, markup.indexOf(">") + 1) };
}
