/** A Jupyter message, and its signed multi-part form on a socket. */

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** The version of the messaging protocol that we speak. */
export const PROTOCOL_VERSION = "5.5";

/** A JSON object as it stands on the wire; every reader checks what it takes out. */
export type Json = Record<string, unknown>;

/** What every message carries about itself. */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
  /** The subshell that a shell request is for (JEP 91); none is the main shell. */
  readonly subshell_id?: string | null;
}

/** A decoded message. */
export interface Message {
  /** Routing frames before the delimiter: the sender's on a router, the topic on iopub. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  /** The header of the request that this message answers; empty when there is none. */
  readonly parent: Header | Record<string, never>;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Buffer[];
}

/** A verified message whose header, parent header, metadata and content are still JSON text. */
export interface OpenedMessage {
  readonly identities: readonly Buffer[];
  readonly parts: readonly Buffer[];
  readonly buffers: readonly Buffer[];
}

const DELIMITER = Buffer.from("<IDS|MSG>");

/** A fresh header of `msgType` for `session`. */
export function createHeader(msgType: string, session: string): Header {
  return {
    msg_id: randomUUID(),
    msg_type: msgType,
    session,
    username: "sptlab",
    date: new Date().toISOString(),
    version: PROTOCOL_VERSION,
  };
}

/** Encodes and decodes messages of one connection: signs with its key, and drops what does not verify. */
export class MessageCodec {
  /** Signatures already seen: a recorded message cannot be played again. */
  private readonly seen = new Set<string>();
  private readonly digest: string;

  /**
   * @param key     shared secret; empty means unsigned
   * @param scheme  `hmac-<digest>`, as in the connection file
   * @throws Error  when Node does not know the digest
   */
  constructor(
    private readonly key: string,
    scheme = "hmac-sha256",
  ) {
    this.digest = scheme.replace(/^hmac-/, "").replaceAll("_", "-"); // Python says sha3_256, Node sha3-256.
    try {
      createHmac(this.digest, key);
    } catch (cause) {
      const wanted = "signature_scheme must be hmac- and a digest that Node knows, such as hmac-sha256";
      throw new Error(`${wanted}; got "${scheme}". Change Session.signature_scheme in Jupyter's settings.`, { cause });
    }
  }

  /** The frames of `message`: identities, delimiter, signature, four JSON parts, buffers. */
  encode(message: Message): Buffer[] {
    const parts = [message.header, message.parent, message.metadata, message.content].map((part) =>
      Buffer.from(JSON.stringify(part)),
    );
    return [...message.identities, ...this.seal(parts), ...message.buffers];
  }

  /** The delimiter, the signature and `parts`: for a message that is passed on as it came. */
  seal(parts: readonly Buffer[]): Buffer[] {
    return [DELIMITER, Buffer.from(this.sign(parts)), ...parts];
  }

  /**
   * Splits frames into the four JSON parts and what stands before and after them; the parts are left as they are.
   *
   * @throws Error  when the delimiter or a part is missing, the signature does not match or was used before
   */
  open(frames: readonly Buffer[]): OpenedMessage {
    const start = frames.findIndex((frame) => frame.equals(DELIMITER));
    const parts = frames.slice(start + 2, start + 6);
    const signature = frames[start + 1];
    if (start < 0 || signature === undefined || parts.length < 4) {
      throw new Error(`expected <IDS|MSG>, a signature and 4 parts; got ${frames.length} frames`);
    }
    this.verify(parts, signature);
    return { identities: frames.slice(0, start), parts, buffers: frames.slice(start + 6) };
  }

  /**
   * Reads frames back into a message.
   *
   * @throws Error  when the delimiter or a part is missing, a part is not JSON, the signature does not match
   *                or was used before
   */
  decode(frames: readonly Buffer[]): Message {
    const { identities, parts, buffers } = this.open(frames);
    const [header, parent, metadata, content] = parts.map((part) => parseObject(part));
    if (typeof header?.msg_type !== "string" || typeof header.msg_id !== "string") {
      throw new Error("expected a header with msg_type and msg_id");
    }
    return {
      identities,
      header: header as unknown as Header,
      parent: (parent ?? {}) as unknown as Message["parent"],
      metadata: metadata ?? {},
      content: content ?? {},
      buffers,
    };
  }

  private sign(parts: readonly Buffer[]): string {
    if (this.key === "") return "";
    const hmac = createHmac(this.digest, this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  private verify(parts: readonly Buffer[], signature: Buffer): void {
    if (this.key === "") return;
    const expected = Buffer.from(this.sign(parts));
    if (expected.length !== signature.length || !timingSafeEqual(expected, signature)) {
      throw new Error("the signature does not match the connection's key");
    }
    const text = signature.toString();
    if (this.seen.has(text)) throw new Error("the message was already received (same signature)");
    this.seen.add(text);
    if (this.seen.size > MAX_SEEN) for (const old of [...this.seen].slice(0, MAX_SEEN / 2)) this.seen.delete(old);
  }
}

/** Signatures remembered; ipykernel keeps as many. */
const MAX_SEEN = 65_536;

function parseObject(part: Buffer): Json {
  const value: unknown = JSON.parse(part.toString("utf8"));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`expected a JSON object in a message part; got ${part.toString("utf8", 0, 40)}`);
  }
  return value as Json;
}
