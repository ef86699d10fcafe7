/** One request and everything that came on its behalf. */

import type { Json } from "../../../kernel/wire/message.js";
import type { Received, Sent } from "./driver.js";

/** Read-only views of a finished request. */
export class Exchange {
  /** The message that answered it. */
  readonly reply: Received;
  /** What was published for it, in order, `status` included. */
  readonly iopub: readonly Received[];

  /**
   * @param sent      the request
   * @param messages  all messages whose parent it is
   */
  constructor(
    readonly sent: Sent,
    messages: readonly Received[],
  ) {
    const reply = messages.find(({ channel }) => channel === "shell" || channel === "control");
    if (reply === undefined)
      throw new Error("expected a reply among the messages of a finished request; there is none");
    this.reply = reply;
    this.iopub = messages.filter(({ channel }) => channel === "iopub");
  }

  /** The reply's content. */
  get content(): Json {
    return this.reply.content;
  }

  /** Types of what was published, `status` and `execute_input` left out. */
  get types(): string[] {
    return this.iopub.map(({ type }) => type).filter((type) => type !== "status" && type !== "execute_input");
  }

  /** Contents of what was published, of one type. */
  published(type: string): Json[] {
    return this.iopub.filter((message) => message.type === type).map(({ content }) => content);
  }

  /** MIME bundles of what was published, of one type. */
  data(type: "execute_result" | "display_data" | "update_display_data"): Readonly<Record<string, unknown>>[] {
    return this.published(type).map((content) => content.data as Readonly<Record<string, unknown>>);
  }

  /** All text of one stream. */
  stream(name: "stdout" | "stderr"): string {
    const texts = this.published("stream").filter((content) => content.name === name);
    return texts.map(({ text }) => String(text)).join("");
  }

  /** The result's MIME bundle; null without one. */
  get result(): Readonly<Record<string, unknown>> | null {
    return this.data("execute_result")[0] ?? null;
  }

  /** The result as plain text; undefined without one. */
  get text(): unknown {
    return this.result?.["text/plain"];
  }
}
