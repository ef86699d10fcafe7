import { expect, it } from "vitest";
import { SendQueue } from "../../../kernel/wire/sendQueue.js";

it("starts a send only after the one before has ended, and goes on after a failure", async () => {
  const log: string[] = [];
  const failures: unknown[] = [];
  const socket = {
    async send([frame]: Buffer[]) {
      log.push(`start ${frame}`);
      await Promise.resolve();
      if (`${frame}` === "2") throw new Error("gone");
      log.push(`end ${frame}`);
    },
  };
  const queue = new SendQueue(socket, (error) => failures.push(error));
  for (const name of ["1", "2", "3"]) void queue.send([Buffer.from(name)]);
  await queue.flushed();
  expect(log).toEqual(["start 1", "end 1", "start 2", "start 3", "end 3"]);
  expect(failures).toHaveLength(1);
});
