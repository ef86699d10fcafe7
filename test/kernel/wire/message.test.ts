import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createHeader, type Message, MessageCodec } from "../../../kernel/wire/message.js";

function message(): Message {
  const header = createHeader("execute_request", "session");
  const content = { code: "π = 3" };
  return {
    identities: [Buffer.from("a"), Buffer.from("b")],
    header,
    parent: {},
    metadata: {},
    content,
    buffers: [Buffer.from([1, 2])],
  };
}

describe("MessageCodec", () => {
  it("decodes what it encoded, with several identities and buffers", () => {
    const sent = message();
    const received = new MessageCodec("key").decode(new MessageCodec("key").encode(sent));
    expect(received).toEqual(sent);
  });

  it("signs the four parts with HMAC-SHA256 of the key", () => {
    const frames = new MessageCodec("key").encode(message());
    const hmac = createHmac("sha256", "key");
    for (const part of frames.slice(4, 8)) hmac.update(part);
    expect(frames[3]?.toString()).toBe(hmac.digest("hex"));
  });

  it("refuses another key, a changed part, and a replay", () => {
    const frames = new MessageCodec("key").encode(message());
    expect(() => new MessageCodec("other").decode(frames)).toThrow(/signature/);
    const changed = frames.map((frame, index) => (index === 7 ? Buffer.from('{"code":"1"}') : frame));
    expect(() => new MessageCodec("key").decode(changed)).toThrow(/signature/);
    const codec = new MessageCodec("key");
    codec.decode(frames);
    expect(() => codec.decode(frames)).toThrow(/already received/);
  });

  it("neither signs nor verifies with an empty key", () => {
    const frames = new MessageCodec("").encode(message());
    expect(frames[3]?.toString()).toBe("");
    expect(new MessageCodec("").decode(frames).content).toEqual({ code: "π = 3" });
  });

  it("refuses frames without delimiter, with too few parts, or with a part that is no JSON object", () => {
    const codec = new MessageCodec("");
    expect(() => codec.decode([Buffer.from("x")])).toThrow(/IDS\|MSG/);
    expect(() => codec.decode([Buffer.from("<IDS|MSG>"), Buffer.from(""), Buffer.from("{}")])).toThrow(/4 parts/);
    const parts = ["<IDS|MSG>", "", "[]", "{}", "{}", "{}"].map((text) => Buffer.from(text));
    expect(() => codec.decode(parts)).toThrow(/JSON object/);
  });
});
