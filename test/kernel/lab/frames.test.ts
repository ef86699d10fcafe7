import { describe, expect, it } from "vitest";
import { factsOf, fromLegacy, fromV1, toLegacy, toV1 } from "../../../kernel/lab/frames.js";

const parts = ['{"msg_id":"1","msg_type":"x"}', "{}", '{"m":1}', '{"text":"ä"}'].map((text) => Buffer.from(text));
const message = { channel: "shell", parts, buffers: [Buffer.from([1, 2, 3]), Buffer.alloc(0)] };

describe("form v1", () => {
  it("counts and places its pieces as jupyter_server does", () => {
    const frame = toV1({
      channel: "iopub",
      parts: ["{}", "{}", "{}", '{"a":1}'].map((text) => Buffer.from(text)),
      buffers: [],
    });
    const numbers = Array.from({ length: 7 }, (_, index) => Number(frame.readBigUInt64LE(8 * index)));
    expect(numbers).toEqual([6, 56, 61, 63, 65, 67, 74]); // by hand: a head of 7 numbers, then channel and parts
    expect(frame.subarray(56).toString()).toBe('iopub{}{}{}{"a":1}');
  });

  it("reads what it writes, buffers included", () => {
    expect(fromV1(toV1(message))).toEqual(message);
  });

  it.each([
    ["an empty frame", Buffer.alloc(0)],
    ["too few offsets", Buffer.from("0500000000000000", "hex")],
    ["an absurd count", Buffer.from("ffffffffffffffff", "hex")],
    ["a count beyond the frame", Buffer.concat([Buffer.from("0900000000000000", "hex"), Buffer.alloc(8)])],
    ["offsets that run backwards", backwards()],
    ["an offset inside the head", insideHead()],
  ])("refuses %s", (_name, frame) => {
    expect(() => fromV1(frame)).toThrow(RangeError);
  });
});

describe("the older form", () => {
  it("is JSON text when there are no buffers", () => {
    const text = toLegacy({ ...message, buffers: [] });
    expect(JSON.parse(String(text))).toEqual({
      channel: "shell",
      msg_id: "1",
      msg_type: "x",
      buffers: [],
      header: { msg_id: "1", msg_type: "x" },
      parent_header: {},
      metadata: { m: 1 },
      content: { text: "ä" },
    });
    expect(fromLegacy(Buffer.from(String(text)), false)).toEqual({ ...message, buffers: [] });
  });

  it("reads what it writes, buffers included", () => {
    expect(fromLegacy(toLegacy(message) as Buffer, true)).toEqual(message);
  });

  it.each([
    ["text that is not JSON", Buffer.from("{"), false],
    ["JSON that is no object", Buffer.from("null"), false],
    ["a message without a channel", Buffer.from('{"header":{}}'), false],
    ["a binary frame that is too short", Buffer.alloc(3), true],
    ["a count beyond the frame", Buffer.from("ffffffff", "hex"), true],
  ])("refuses %s", (_name, frame, isBinary) => {
    expect(() => fromLegacy(frame, isBinary)).toThrow();
  });
});

function backwards(): Buffer {
  const frame = toV1(message);
  const [second, third] = [frame.readBigUInt64LE(16), frame.readBigUInt64LE(24)];
  frame.writeBigUInt64LE(third, 16);
  frame.writeBigUInt64LE(second, 24);
  return frame;
}

function insideHead(): Buffer {
  const frame = toV1(message);
  frame.writeBigUInt64LE(8n, 8);
  return frame;
}

describe("factsOf", () => {
  const facts = (header: object, content: unknown) => {
    const all = [header, { msg_id: "7", session: "page" }, {}, content];
    return factsOf({ channel: "iopub", parts: all.map((part) => Buffer.from(JSON.stringify(part))), buffers: [] });
  };

  it("tells the request, a status, and which display an update replaces", () => {
    const common = { request: "7", session: "page", state: null, updates: null };
    expect(facts({ msg_type: "status" }, { execution_state: "busy" })).toEqual({ ...common, state: "busy" });
    const content = { data: {}, transient: { display_id: "figure" } };
    expect(facts({ msg_type: "update_display_data" }, content)).toEqual({ ...common, updates: "figure" });
    expect(facts({ msg_type: "display_data" }, content)).toEqual(common);
  });

  it.each([null, 5, {}, { transient: null }])("takes a strange content: %j", (content) => {
    expect(facts({ msg_type: "update_display_data" }, content).updates).toBe(null);
  });
});
