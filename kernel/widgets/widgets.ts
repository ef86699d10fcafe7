/** The controls that a cell can put on the page. */

import type { Comms } from "../worker/comm.js";
import { type Control, type ControlType, LiveControl } from "./control.js";
import { type Follower, follow, type ValuesOf } from "./follow.js";
import { Models } from "./model.js";

/** What a slider is made of. */
export interface SliderOptions {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** Where it starts; by default at `min`. */
  readonly value?: number;
  /** `"log"` for numbers of many magnitudes, such as learning rates; `min` must be above 0 then. Default `"linear"`. */
  readonly scale?: "linear" | "log";
  /**
   * Distance between neighbouring values; on a log scale, in decades. Default about a hundredth of the range, or 0.05
   * decades. Where `min` and `step` are whole numbers, so is the value.
   */
  readonly step?: number;
}

/** What a dropdown is made of. */
export interface DropdownOptions<T> {
  readonly label: string;
  /** The values to choose from. */
  readonly options: readonly T[];
  /** The value chosen at first; by default the first. */
  readonly value?: T;
  /** How a value is called on the page; by default `String(value)`. */
  readonly format?: (value: T) => string;
}

/** What a checkbox is made of. */
export interface CheckboxOptions {
  readonly label: string;
  readonly value?: boolean;
}

/** What a line of text is made of. */
export interface TextOptions {
  readonly label: string;
  readonly value?: string;
  /** Shown while the line is empty. */
  readonly placeholder?: string;
}

/** What a button is made of. */
export interface ButtonOptions {
  readonly label: string;
}

/** The controls. Each function shows its control below the cell and resolves with it. */
export interface Widgets {
  /** A slider for a number; on a log scale values have three significant digits. */
  slider(options: SliderOptions): Promise<Control<number>>;
  /** A choice of one of several values. */
  dropdown<const T>(options: DropdownOptions<T>): Promise<Control<T>>;
  /** A box to tick. */
  checkbox(options: CheckboxOptions): Promise<Control<boolean>>;
  /** A line of text; its value changes when the user presses Enter or leaves it. */
  text(options: TextOptions): Promise<Control<string>>;
  /** A button; its value is how often it was clicked. */
  button(options: ButtonOptions): Promise<Control<number>>;
  /**
   * Shows what `body` returns for the controls' values, and shows it anew in the same place whenever one of them
   * changes. Fast changes are joined: one call runs at a time, and the newest values win.
   */
  follow<const C extends readonly Control<unknown>[]>(
    controls: C,
    body: (...values: ValuesOf<C>) => unknown,
  ): Promise<Follower>;
}

/** The widgets, and the models behind them, which pages talk to. */
export interface LoadedWidgets {
  readonly widgets: Widgets;
  readonly models: Models;
}

/** The widgets of a session. */
export function createWidgets(comms: Comms): LoadedWidgets {
  const models = new Models(comms);
  const shown = async <T>(type: ControlType<T>): Promise<Control<T>> => {
    const control = new LiveControl(models, type);
    control.show();
    return control;
  };
  return {
    models,
    widgets: {
      slider: async (options) => shown(sliderType(options)),
      dropdown: async (options) => shown(dropdownType(options)),
      checkbox: async ({ label, value = false }) => shown({ ...checkboxType, label, value }),
      text: async ({ label, value = "", placeholder = "" }) =>
        shown({ ...textType, spec: { kind: "text", placeholder }, label, value }),
      button: async ({ label }) => shown({ ...buttonType, label }),
      follow,
    },
  };
}

const LOG_STEP = 0.05;

/** @throws RangeError  when the range is empty or not finite, or does not hold the value */
function sliderType({ label, min, max, value = min, scale = "linear", step }: SliderOptions): ControlType<number> {
  const isLog = scale === "log";
  if (!(Number.isFinite(min) && Number.isFinite(max) && min < max && (!isLog || min > 0))) {
    throw new RangeError(`the slider "${label}" needs ${isLog ? "0 < " : ""}min < max; got min ${min}, max ${max}`);
  }
  const width = step ?? (isLog ? LOG_STEP : niceStep((max - min) / 100));
  if (!(width > 0)) throw new RangeError(`the step of the slider "${label}" must be above 0; got ${step}`);
  const isWhole = !isLog && Number.isInteger(min) && Number.isInteger(width);
  const kind = isLog ? "log-slider" : isWhole ? "int-slider" : "float-slider";
  const fits = (number: unknown): number is number => typeof number === "number" && min <= number && number <= max;
  const checked = (number: number): number => {
    if (fits(number) && (!isWhole || Number.isInteger(number))) return number;
    throw new RangeError(
      `${label} must be ${isWhole ? "a whole number " : ""}between ${min} and ${max}; got ${number}. Set another value, or make the slider longer.`,
    );
  };
  return {
    spec: { kind, min, max, step: width },
    label,
    value: checked(value),
    toModel: (number) => number,
    fromModel(sent) {
      // Powers of ten do not come back exact.
      const number = isLog ? Math.min(max, Math.max(min, Number(Number(sent).toPrecision(3)))) : sent;
      return fits(number) && (!isWhole || Number.isInteger(number)) ? tidy(number) : undefined;
    },
    checked,
    description: `slider, ${min} to ${max}`,
    format: String,
  };
}

/** 1, 2 or 5 times a power of ten, near `width`. */
function niceStep(width: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(width));
  const factor = [1, 2, 5].find((candidate) => candidate * magnitude >= width * 0.999) ?? 10;
  return tidy(factor * magnitude);
}

/** Without the digits that counting in steps such as 0.1 adds. */
function tidy(number: number): number {
  return Number(number.toPrecision(12));
}

/** @throws RangeError  when there are no options, two look the same, or `value` is none of them */
function dropdownType<T>({ label, options, value, format = String }: DropdownOptions<T>): ControlType<T> {
  const labels = options.map((option) => format(option));
  if (options.length === 0 || new Set(labels).size < labels.length) {
    throw new RangeError(
      `the dropdown "${label}" needs options that look different; got ${labels.join(", ") || "none"}`,
    );
  }
  const checked = (option: T): T => {
    if (options.includes(option)) return option;
    throw new RangeError(`${label} must be one of ${labels.join(", ")}; got ${format(option)}`);
  };
  return {
    spec: { kind: "dropdown", labels },
    label,
    value: value === undefined ? (options[0] as T) : checked(value),
    toModel: (option) => options.indexOf(option),
    fromModel: (sent) => (typeof sent === "number" ? options[sent] : undefined),
    checked,
    description: `one of ${labels.join(", ")}`,
    format,
  };
}

const checkboxType: Omit<ControlType<boolean>, "label" | "value"> = {
  spec: { kind: "checkbox" },
  toModel: (value) => value,
  fromModel: (sent) => (typeof sent === "boolean" ? sent : undefined),
  checked: Boolean,
  description: "true or false",
  format: String,
};

const textType: Omit<ControlType<string>, "label" | "value" | "spec"> = {
  toModel: (value) => value,
  fromModel: (sent) => (typeof sent === "string" ? sent : undefined),
  checked: String,
  description: "text",
  format: (value) => JSON.stringify(value),
};

const buttonType: Omit<ControlType<number>, "label"> = {
  spec: { kind: "button" },
  value: 0,
  toModel: (clicks) => clicks,
  fromModel: (clicks) => (typeof clicks === "number" ? clicks : undefined),
  checked: Number,
  description: "button",
  format: (clicks) => `clicked ${clicks} times`,
};
