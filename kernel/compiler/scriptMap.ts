/** Places in a cell or local module and in the script it was compiled to, each found from the other by the source map. */

/** A place in what the user wrote; line and column from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** A place in the script; line and column from 0, as V8 counts. */
export interface ScriptPosition {
  readonly line: number;
  readonly column: number;
}

interface Segment {
  readonly script: ScriptPosition;
  readonly source: SourcePosition;
}

/** A cell's script has a line, the prologue, before the mapped text. */
const PROLOGUE_LINES = 1;

const MAP_COMMENT = /\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/** The map of one script. It is decoded when it is first asked: most cells neither throw nor are debugged. */
export class ScriptMap {
  private decoded: readonly Segment[] | null = null;

  private constructor(
    private readonly sourceMap: string,
    private readonly scriptOffset: number,
    private readonly sourceOffset: number,
  ) {}

  /**
   * The map of a compiled cell.
   *
   * @param sourceMap    as in `CompiledCell`
   * @param lineOffset   lines that stand before the cell in the mapped source
   */
  static ofCell(sourceMap: string, lineOffset: number): ScriptMap {
    return new ScriptMap(sourceMap, PROLOGUE_LINES, lineOffset);
  }

  /** The map that stands inline at the end of a compiled module; null when there is none. */
  static ofModule(code: string): ScriptMap | null {
    const encoded = MAP_COMMENT.exec(code)?.[1];
    return encoded === undefined ? null : new ScriptMap(Buffer.from(encoded, "base64").toString("utf8"), 0, 0);
  }

  /** Where a place in the script was written; null in a prologue and behind the last statement. */
  toSource(line: number, column: number): SourcePosition | null {
    const segments = this.segments();
    const own = segments.filter(({ script }) => script.line === line);
    const nearest = own.findLast(({ script }) => script.column <= column) ?? own[0];
    if (nearest !== undefined) return nearest.source;
    if (line > (segments.at(-1)?.script.line ?? 0)) return null;
    return segments.findLast(({ script }) => script.line < line)?.source ?? null;
  }

  /**
   * Where the code of a written line (from 1), or of the next line that has code, starts in the script; null behind the last.
   * What the compiler put before it on its line belongs to it.
   */
  toScript(line: number): ScriptPosition | null {
    let found: Segment | null = null;
    for (const segment of this.segments()) {
      if (segment.source.line >= line && (found === null || isBefore(segment.source, found.source))) found = segment;
    }
    if (found === null) return null;
    const { line: scriptLine, column } = found.script;
    const isFirst = this.segments().every(({ script }) => script.line !== scriptLine || script.column >= column);
    return { line: scriptLine, column: isFirst ? 0 : column };
  }

  private segments(): readonly Segment[] {
    if (this.decoded === null) {
      const { mappings } = JSON.parse(this.sourceMap) as { mappings: string };
      this.decoded = decode(mappings, this.scriptOffset, this.sourceOffset);
    }
    return this.decoded;
  }
}

function isBefore(a: SourcePosition, b: SourcePosition): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

/** Segments in the order of the script. A segment's numbers are differences to the one before; columns start over in each line. */
function decode(mappings: string, scriptOffset: number, sourceOffset: number): Segment[] {
  const segments: Segment[] = [];
  let originalLine = 0;
  let originalColumn = 0;
  for (const [index, text] of mappings.split(";").entries()) {
    let column = 0;
    for (const encoded of text.split(",")) {
      const [columns = 0, sourceIndex, lines = 0, originalColumns = 0] = decodeNumbers(encoded);
      column += columns;
      if (sourceIndex === undefined) continue; // Code that stands for nothing that was written.
      originalLine += lines;
      originalColumn += originalColumns;
      const source = { line: originalLine + 1 - sourceOffset, column: originalColumn + 1 };
      if (source.line >= 1) segments.push({ script: { line: index + scriptOffset, column }, source });
    }
  }
  return segments;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 VLQ: five bits a character, the sixth says that more follow; the lowest bit of a number is its sign. */
function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = BASE64.indexOf(character);
    value |= (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    numbers.push((value & 1) === 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
