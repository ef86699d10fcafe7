/** Cursor positions: code points on the wire, UTF-16 units in JavaScript. */

/** The UTF-16 index of the `position`-th code point of `text`. */
export function toUtf16(text: string, position: number): number {
  let units = 0;
  let points = 0;
  for (const point of text) {
    if (points >= position) break;
    units += point.length;
    points += 1;
  }
  return units;
}

/** How many code points stand before UTF-16 index `index` of `text`. */
export function toCodePoints(text: string, index: number): number {
  return [...text.slice(0, index)].length;
}
