/** Jupyter messages on a WebSocket: the binary form v1, which carries the parts as they are, and the older JSON form. */

/** The subprotocol's name. */
export const V1 = "v1.kernel.websocket.jupyter.org";

/** A message between page and kernel: header, parent header, metadata and content as JSON text, then buffers. */
export interface ChannelMessage {
  readonly channel: string;
  readonly parts: readonly Buffer[];
  readonly buffers: readonly Buffer[];
}

/** What the server itself needs to know of a message; null where the message does not say. */
export interface MessageFacts {
  /** The id of the request that caused it, and the session of the page that sent that. */
  readonly request: string | null;
  readonly session: string | null;
  /** The execution state that it tells. */
  readonly state: string | null;
  /** The display that it changes: what changed that before no longer matters. */
  readonly updates: string | null;
}

/** Reads what the server needs; what is not JSON says nothing. */
export function factsOf({ parts: [header, parent, , content] }: ChannelMessage): MessageFacts {
  const { msg_id = null, session = null } = parse(parent);
  const is = (type: string): boolean => header?.includes(`"${type}"`) === true && parse(header).msg_type === type;
  const state = is("status") ? parse(content).execution_state : null;
  const updates = is("update_display_data") ? parse(content).transient?.display_id : null;
  return { request: msg_id, session, state: state ?? null, updates: updates ?? null };
}

/** Form v1: the count of offsets and the offsets, little-endian uint64, then channel, parts and buffers. */
export function toV1({ channel, parts, buffers }: ChannelMessage): Buffer {
  const pieces = [Buffer.from(channel), ...parts, ...buffers];
  const head = Buffer.alloc(8 * (pieces.length + 2));
  head.writeBigUInt64LE(BigInt(pieces.length + 1));
  let offset = head.length;
  for (const [index, piece] of pieces.entries()) {
    head.writeBigUInt64LE(BigInt(offset), 8 * (index + 1));
    offset += piece.length;
  }
  head.writeBigUInt64LE(BigInt(offset), 8 * (pieces.length + 1));
  return Buffer.concat([head, ...pieces], offset);
}

/** Reads form v1. @throws RangeError  when its offsets do not fit */
export function fromV1(frame: Buffer): ChannelMessage {
  const count = offsetAt(frame, 0);
  if (count < 6 || 8 * (count + 1) > frame.length) throw new RangeError(`a frame cannot have ${count} offsets`);
  const offsets = Array.from({ length: count }, (_, index) => offsetAt(frame, 8 * (index + 1)));
  const pieces = offsets.slice(1).map((end, index) => {
    const start = offsets[index] ?? 0;
    if (start < 8 * (count + 1) || end < start || end > frame.length)
      throw new RangeError("offsets do not fit the frame");
    return frame.subarray(start, end);
  });
  const [channel = Buffer.alloc(0), ...rest] = pieces;
  return { channel: channel.toString("utf8"), parts: rest.slice(0, 4), buffers: rest.slice(4) };
}

/** The older form: JSON text; with buffers, a big-endian uint32 count, offsets, the JSON and the buffers. */
export function toLegacy({ channel, parts, buffers }: ChannelMessage): string | Buffer {
  const [header = "{}", parent = "{}", metadata = "{}", content = "{}"] = parts.map((part) => part.toString("utf8"));
  const { msg_id, msg_type } = JSON.parse(header) as { readonly msg_id?: unknown; readonly msg_type?: unknown };
  const own = JSON.stringify({ channel, msg_id, msg_type, ...(buffers.length === 0 ? { buffers: [] } : {}) });
  const json = `${own.slice(0, -1)},"header":${header},"parent_header":${parent},"metadata":${metadata},"content":${content}}`;
  if (buffers.length === 0) return json;
  const pieces = [Buffer.from(json), ...buffers];
  const head = Buffer.alloc(4 * (pieces.length + 1));
  head.writeUInt32BE(pieces.length);
  let offset = head.length;
  for (const [index, piece] of pieces.entries()) {
    head.writeUInt32BE(offset, 4 * (index + 1));
    offset += piece.length;
  }
  return Buffer.concat([head, ...pieces]);
}

/** Reads the older form. @throws Error  when it is not that */
export function fromLegacy(frame: Buffer, isBinary: boolean): ChannelMessage {
  const pieces = isBinary ? splitLegacy(frame) : [frame];
  const message: unknown = JSON.parse(pieces[0]?.toString("utf8") ?? "");
  if (typeof message !== "object" || message === null) throw new TypeError("expected a JSON object");
  const { channel, header, parent_header, metadata, content } = message as Readonly<Record<string, unknown>>;
  if (typeof channel !== "string" || typeof header !== "object") throw new TypeError("expected a channel and a header");
  const parts = [header, parent_header, metadata, content].map((part) => Buffer.from(JSON.stringify(part ?? {})));
  return { channel, parts, buffers: pieces.slice(1) };
}

function splitLegacy(frame: Buffer): Buffer[] {
  const count = frame.readUInt32BE(0);
  if (4 * (count + 1) > frame.length) throw new RangeError(`a frame cannot have ${count} offsets`);
  const offsets = Array.from({ length: count }, (_, index) => frame.readUInt32BE(4 * (index + 1)));
  return offsets.map((start, index) => frame.subarray(start, offsets[index + 1] ?? frame.length));
}

function offsetAt(frame: Buffer, at: number): number {
  const value = frame.readBigUInt64LE(at);
  if (value > BigInt(frame.length)) throw new RangeError("an offset lies behind the frame's end");
  return Number(value);
}

/** The fields of parts that the server reads. */
interface Fields {
  readonly msg_id?: string;
  readonly msg_type?: string;
  readonly session?: string;
  readonly execution_state?: string;
  readonly transient?: { readonly display_id?: string };
}

function parse(part: Buffer | undefined): Fields {
  try {
    return JSON.parse(part?.toString("utf8") ?? "") ?? {};
  } catch {
    return {};
  }
}
