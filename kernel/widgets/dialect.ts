/** What the controls look like to a page: model states in the words of the ipywidgets version that it has. */

import type { Json } from "../wire/message.js";

/** A control's kind and its fixed settings. */
export type ControlSpec =
  | { readonly kind: "int-slider" | "float-slider"; readonly min: number; readonly max: number; readonly step: number }
  /** `step` in decades. */
  | { readonly kind: "log-slider"; readonly min: number; readonly max: number; readonly step: number }
  | { readonly kind: "dropdown"; readonly labels: readonly string[] }
  | { readonly kind: "text"; readonly placeholder: string }
  | { readonly kind: "checkbox" }
  | { readonly kind: "button" };

/** A control's value between the page and us: a dropdown's is its position, a button's its count of clicks. */
export type ModelValue = number | string | boolean;

/** One version of the widgets. */
export interface Dialect {
  /** All that the page needs to make the control. */
  state(spec: ControlSpec, label: string, value: ModelValue): Json;
  /** The part of the state that holds the value. */
  valueState(spec: ControlSpec, value: ModelValue): Json;
  /** The value in a change that the page sent, unchecked; undefined when it is about something else. */
  valueIn(spec: ControlSpec, change: Json): unknown;
  /** Data of the `comm_open` that brings a state to the page, and of a message that changes it. */
  openData(state: Json): Json;
  updateData(state: Json): Json;
  readonly openMetadata: Json;
  /** Tells a page to show a model, beside the display message; null when it needs no telling. */
  readonly displayData: Json | null;
  /** The number of the `application/vnd.jupyter.widget-view+json` form. */
  readonly viewVersion: number;
  /** Whether a display may carry plain text too: this page shows only the richest form that it knows. */
  readonly hidesPlainText: boolean;
}

/** Digits after the point that tell neighbouring values of a slider apart. */
export function decimals(step: number): number {
  return Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
