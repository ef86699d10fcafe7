/** Reads the frames that the worker writes (see worker/outputPipe.ts), also when an interrupt has cut one short. */

import type { FrameMarks } from "../worker/frameMarks.js";

const LENGTH_BYTES = 4;

/** Takes the bytes as they come, gives back whole payloads: what stands between the marks, behind its length. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private size = 0;
  /** The frame that has begun is not complete before this many bytes are there. */
  private needed = 0;
  /** The last bytes that came: a mark may have begun there. */
  private tail = Buffer.alloc(0);

  constructor(
    private readonly marks: FrameMarks,
    private readonly onFrame: (payload: Buffer) => void,
  ) {}

  /** Adds what has come. */
  add(chunk: Buffer): void {
    const { start } = this.marks;
    this.chunks.push(chunk);
    this.size += chunk.length;
    const seam = Buffer.concat([this.tail, chunk.subarray(0, start.length - 1)]);
    this.tail = Buffer.concat([this.tail, chunk.subarray(1 - start.length)]).subarray(1 - start.length);
    // Another start inside an unfinished frame means that no more of that one comes.
    if (this.size < this.needed && !chunk.includes(start) && !seam.includes(start)) return;
    this.parse(this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks));
  }

  private parse(bytes: Buffer): void {
    const { start, end } = this.marks;
    const head = start.length + LENGTH_BYTES;
    let at = 0;
    for (;;) {
      const found = bytes.indexOf(start, at);
      // What stands before it is left of a torn frame. At the end of the bytes a mark may have begun.
      at = found >= 0 ? found : Math.max(at, bytes.length - start.length + 1);
      this.needed = head;
      if (bytes.length - at < head) break;
      const tail = at + head + bytes.readUInt32LE(at + start.length);
      this.needed = tail + end.length - at;
      if (bytes.length - at >= this.needed) {
        const payload = bytes.subarray(at + head, tail);
        const isWhole = bytes.subarray(tail, tail + end.length).equals(end) && !payload.includes(start);
        if (isWhole) this.onFrame(payload);
        at = isWhole ? tail + end.length : at + 1;
      } else if (bytes.indexOf(start, at + 1) >= 0) {
        at += 1;
      } else {
        break;
      }
    }
    const rest = bytes.subarray(at);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.size = rest.length;
  }
}
