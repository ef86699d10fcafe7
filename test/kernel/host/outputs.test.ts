import { expect, it } from "vitest";
import { Outputs } from "../../../kernel/host/outputs.js";
import { createHeader } from "../../../kernel/wire/message.js";

it("joins stream text, and publishes it before whatever comes next", () => {
  const sent: [string | undefined, string, unknown][] = [];
  const outputs = new Outputs((parent, type, content) =>
    sent.push([parent?.msg_id, type, content.text ?? content.name]),
  );
  const header = createHeader("execute_request", "s");
  outputs.attach(1, header);
  for (const text of ["a", "b"]) outputs.show({ type: "stream", cell: 1, name: "stdout", text });
  outputs.show({ type: "stream", cell: 1, name: "stderr", text: "c" });
  outputs.publish(header, "status", {});
  expect(sent).toEqual([
    [header.msg_id, "stream", "ab"],
    [header.msg_id, "stream", "c"],
    [header.msg_id, "status", undefined],
  ]);
});

it("sends late output to the cell that caused it", () => {
  const parents: (string | undefined)[] = [];
  const outputs = new Outputs((parent) => parents.push(parent?.msg_id));
  const [first, second] = [createHeader("execute_request", "s"), createHeader("execute_request", "s")];
  outputs.attach(1, first);
  outputs.attach(2, second);
  outputs.show({ type: "clear", cell: 1, wait: false });
  outputs.show({ type: "clear", cell: 2, wait: false });
  outputs.show({ type: "clear", cell: 3, wait: false });
  expect(parents).toEqual([first.msg_id, second.msg_id, undefined]);
});

it("drops printed text while a client does not read, says so, and sends all else", () => {
  let isBehind = true;
  const sent: string[] = [];
  const outputs = new Outputs(
    (_parent, type, content) => sent.push(type === "stream" ? String(content.text) : type),
    () => isBehind,
  );
  const header = createHeader("execute_request", "s");
  outputs.attach(1, header);
  const print = (text: string): void => {
    outputs.show({ type: "stream", cell: 1, name: "stdout", text });
    outputs.publish(header, "status", {});
  };
  print("lost");
  print("lost too");
  isBehind = false;
  print("heard");
  const note = "[what is printed from here on is left out: a client does not read it]\n";
  expect(sent).toEqual([note, "status", "status", "[12 characters were left out]\n", "heard", "status"]);
});
