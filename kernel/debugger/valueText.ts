/** A value of the worker on one line. */

import type { Runtime } from "node:inspector";

/** Longer texts are cut. */
const MAX_CHARS = 200;

/** `42`, `"text"`, `(3) [1, 2, 3]`, `{a: 1, b: Date}`, `Map(1) {"k" => 2}`. */
export function valueText(value: Runtime.RemoteObject): string {
  if (value.unserializableValue !== undefined) return value.unserializableValue;
  if (value.type === "string") return cut(JSON.stringify(value.value));
  if (value.type === "undefined" || value.subtype === "null") return String(value.value ?? value.subtype ?? value.type);
  if (value.type === "object") return cut(objectText(value));
  const [line = ""] = (value.description ?? String(value.value)).split("\n", 1);
  return cut(value.type === "function" ? line.replace(/\s*\{$/, "") : line);
}

/** The name of a value's kind: its class for objects. */
export function typeText({ type, subtype, className }: Runtime.RemoteObject): string {
  return subtype === "null" ? "null" : (className ?? type);
}

/** How many elements an array (plain or typed) has; null for other values. */
export function arrayLength({ subtype, description }: Runtime.RemoteObject): number | null {
  if (subtype !== "array" && subtype !== "typedarray") return null;
  const digits = /\((\d+)\)$/.exec(description ?? "")?.[1];
  return digits === undefined ? null : Number(digits);
}

function objectText(value: Runtime.RemoteObject): string {
  const { preview, description = "Object" } = value;
  const name = description.split("\n", 1)[0] ?? "";
  if (preview === undefined || ["error", "date", "regexp"].includes(value.subtype ?? "")) return name;
  const more = preview.overflow ? ", …" : "";
  if (preview.entries !== undefined) {
    const entries = preview.entries.map(({ key, value }) => {
      const text = previewText(value.type, value.description, value.subtype);
      return key === undefined ? text : `${previewText(key.type, key.description, key.subtype)} => ${text}`;
    });
    return `${name} {${entries.join(", ")}${more}}`;
  }
  const isArray = arrayLength(value) !== null;
  const members = preview.properties.flatMap(({ name, type, subtype, value }) => {
    const text = previewText(type, value, subtype);
    if (isArray) return /^\d+$/.test(name) ? [text] : [];
    return [`${name}: ${text}`];
  });
  const inner = members.join(", ") + more;
  if (isArray) return `${name.replace(/^Array(?=\()/, "")} [${inner}]`.trim();
  return `${name === "Object" ? "" : `${name} `}{${inner}}`;
}

function previewText(type: string, text = "", subtype?: string): string {
  if (type === "string") return JSON.stringify(text);
  if (type === "function") return "ƒ";
  return text === "" ? (subtype ?? type) : text;
}

function cut(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
}
