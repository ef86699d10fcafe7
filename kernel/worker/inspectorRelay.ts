/** Passes the debugger's calls to the inspector of the main thread, also while that is paused, and the answers back. */

import type inspector from "node:inspector";
import { type FromWatchdog, INSPECTOR_FD, type InspectorCall } from "./protocol.js";
import { writeAll } from "./streams.js";

/** The events that the host needs. */
const EVENTS = new Set(["Debugger.paused", "Debugger.resumed", "Debugger.scriptParsed"]);

/** Lives in the watchdog's thread. Until a call enables the debugger it hears of nothing and costs nothing. */
export class InspectorRelay {
  private isPaused = false;

  /**
   * @param session        of the main thread
   * @param isInterrupted  whether an interrupt waits to be handled: then nothing may stand still
   */
  constructor(
    private readonly session: inspector.Session,
    isInterrupted: () => boolean,
  ) {
    session.on("inspectorNotification", ({ method, params = {} }: { method: string; params?: object }) => {
      if (!EVENTS.has(method)) return;
      if (method === "Debugger.scriptParsed")
        return this.tellScript(params as inspector.Debugger.ScriptParsedEventDataType);
      this.isPaused = method === "Debugger.paused";
      if (this.isPaused && isInterrupted()) this.endPause();
      else this.write({ method, params });
    });
  }

  /** Makes one call; its answer goes to the host. */
  post({ id, method, params }: InspectorCall): void {
    this.session.post(method, params, (error: Error | null, result?: object) => {
      this.write(error === null ? { id, result: result ?? {} } : { id, error: error.message });
    });
  }

  /** When the main thread is paused: lets it go on, only to be stopped by force. */
  endPause(): void {
    if (this.isPaused) this.session.post("Debugger.resume", { terminateOnResume: true }, () => undefined);
  }

  /** Frames name their scripts by id only. Node's own hundreds are left out. */
  private tellScript({ scriptId, url }: inspector.Debugger.ScriptParsedEventDataType): void {
    if (url !== "" && !url.startsWith("node:"))
      this.write({ method: "Debugger.scriptParsed", params: { scriptId, url } });
  }

  private write(message: FromWatchdog): void {
    writeAll(INSPECTOR_FD, Buffer.from(`${JSON.stringify(message)}\n`));
  }
}
