/** Turns a kernel's iopub messages into the outputs that a notebook stores. */

import type { CodeCell, Output } from "./notebook.js";

/** An iopub message, as far as outputs are concerned. */
export interface OutputMessage {
  readonly header: { readonly msg_type: string };
  readonly content: Readonly<Record<string, unknown>>;
}

type Displayed = Extract<Output, { output_type: "display_data" | "execute_result" }>;

/**
 * Outputs of the cells of one run. Adjacent writes to the same stream become one output; `update_display_data` changes
 * what was shown under its display id, in whatever cell; `clear_output` with `wait` clears at the next output.
 */
export class OutputCollector {
  /** The newest line that tells how far the run is: the last printed line, or the newest display of plain text. */
  latestText = "";
  private readonly displays = new Map<string, Displayed[]>();
  private clearing = false;

  /** Handles one message of the run of `cell`. */
  handle(cell: CodeCell, message: OutputMessage): void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "execute_input":
        cell.execution_count = Number(content.execution_count);
        break;
      case "stream":
        this.clearIfAsked(cell);
        this.appendStream(cell, content.name === "stderr" ? "stderr" : "stdout", String(content.text));
        break;
      case "display_data":
      case "execute_result":
        this.clearIfAsked(cell);
        this.appendDisplay(cell, message.header.msg_type, content);
        break;
      case "update_display_data":
        for (const output of this.displays.get(displayId(content)) ?? []) {
          output.data = record(content.data);
          output.metadata = record(content.metadata);
        }
        this.noteDisplay(record(content.data));
        break;
      case "clear_output":
        this.clearing = true;
        if (content.wait !== true) this.clearIfAsked(cell);
        break;
      case "error":
        this.clearIfAsked(cell);
        cell.outputs.push({
          output_type: "error",
          ename: String(content.ename),
          evalue: String(content.evalue),
          traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
        });
        break;
    }
  }

  private appendStream(cell: CodeCell, name: "stdout" | "stderr", text: string): void {
    const last = cell.outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text = overwriteLines(last.text + text);
    else cell.outputs.push({ output_type: "stream", name, text: overwriteLines(text) });
    this.noteText(text);
  }

  private appendDisplay(
    cell: CodeCell,
    output_type: "display_data" | "execute_result",
    content: Readonly<Record<string, unknown>>,
  ): void {
    const shared = { data: record(content.data), metadata: record(content.metadata) };
    const output: Displayed =
      output_type === "display_data"
        ? { output_type, ...shared }
        : { output_type, execution_count: Number(content.execution_count), ...shared };
    cell.outputs.push(output);
    const id = displayId(content);
    if (id) this.displays.set(id, [...(this.displays.get(id) ?? []), output]);
    this.noteDisplay(shared.data);
  }

  private clearIfAsked(cell: CodeCell): void {
    if (this.clearing) cell.outputs.length = 0;
    this.clearing = false;
  }

  /** The text beside a figure or a table is only a stand-in for it, so it tells nothing. */
  private noteDisplay(data: Readonly<Record<string, unknown>>): void {
    const isPlain = Object.keys(data).every((mime) => mime === "text/plain");
    if (isPlain) this.noteText(String(data["text/plain"] ?? ""));
  }

  private noteText(text: string): void {
    const line = text.split(/[\r\n]/).findLast((part) => part.trim() !== "");
    if (line) this.latestText = line.trim();
  }
}

/** What a terminal shows of text with carriage returns: the last version of each line. */
function overwriteLines(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(/[^\n]*\r(?=[^\n])/g, "");
}

function displayId(content: Readonly<Record<string, unknown>>): string {
  return String(record(content.transient).display_id ?? "");
}

function record(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" ? { ...value } : {};
}
