import { EventEmitter } from "node:events";
import type inspector from "node:inspector";
import { expect, it } from "vitest";
import { InspectorRelay } from "../../../kernel/worker/inspectorRelay.js";

/** An inspector session that only notes what it is asked. */
class StubSession extends EventEmitter {
  readonly asked: unknown[] = [];
  post(method: string, params: object): void {
    this.asked.push([method, params]);
  }
}

it("ends a pause that begins while an interrupt waits, instead of telling the host of it", () => {
  const session = new StubSession();
  const relay = new InspectorRelay(session as unknown as inspector.Session, () => true);
  relay.endPause();
  expect(session.asked).toEqual([]); // Nothing stands still yet.
  session.emit("inspectorNotification", { method: "Debugger.paused", params: {} });
  expect(session.asked).toEqual([["Debugger.resume", { terminateOnResume: true }]]);
});
