/** ipywidgets 6, which Debian's classic Notebook has. It knows no logarithmic slider: a slider over labels stands in. */

import type { Json } from "../wire/message.js";
import { type ControlSpec, type Dialect, decimals } from "./dialect.js";

/** What the page must have: it compares this with its own version. */
export const VERSION_6 = "~2.1.4";

/** Names of model and view, without their endings. */
const NAMES: Readonly<Record<ControlSpec["kind"], string>> = {
  "int-slider": "IntSlider",
  "float-slider": "FloatSlider",
  "log-slider": "SelectionSlider",
  dropdown: "Dropdown",
  text: "Text",
  checkbox: "Checkbox",
  button: "Button",
};

/** Model states of `jupyter-js-widgets` 2. */
export const dialect6: Dialect = {
  state(spec, label, value) {
    const name = NAMES[spec.kind];
    return {
      _model_module: "jupyter-js-widgets",
      _model_module_version: VERSION_6,
      _model_name: `${name}Model`,
      _view_module: "jupyter-js-widgets",
      _view_module_version: VERSION_6,
      _view_name: `${name}View`,
      description: label,
      ...settings(spec),
      ...dialect6.valueState(spec, value),
    };
  },
  valueState(spec, value) {
    if (spec.kind === "button") return {};
    if (spec.kind === "dropdown") return { value: spec.labels[Number(value)] };
    return { value: spec.kind === "log-slider" ? nearestLabel(spec, Number(value)) : value };
  },
  valueIn(spec, { value }) {
    if (value === undefined) return undefined;
    if (spec.kind === "dropdown") return spec.labels.indexOf(String(value));
    return spec.kind === "log-slider" ? Number(value) : value;
  },
  openData: (state) => state,
  updateData: (state) => ({ method: "update", state, buffers: [] }),
  openMetadata: {},
  displayData: { method: "display" },
  viewVersion: 1,
  hidesPlainText: false,
};

function settings(spec: ControlSpec): Json {
  switch (spec.kind) {
    case "int-slider":
      return { min: spec.min, max: spec.max, step: spec.step };
    case "float-slider":
      return { min: spec.min, max: spec.max, step: spec.step, readout_format: `.${decimals(spec.step)}f` };
    case "log-slider":
      return { _options_labels: steps(spec).map(stepLabel) };
    case "dropdown":
      return { _options_labels: spec.labels };
    case "text":
      return { placeholder: spec.placeholder };
    default:
      return {};
  }
}

type LogSlider = Extract<ControlSpec, { kind: "log-slider" }>;

/** The values at which the slider stops. */
function steps({ min, max, step }: LogSlider): number[] {
  const count = Math.round(Math.log10(max / min) / step);
  return Array.from({ length: count + 1 }, (_, index) => (index === count ? max : min * 10 ** (index * step)));
}

function stepLabel(value: number): string {
  return value.toExponential(2);
}

function nearestLabel(spec: LogSlider, value: number): string {
  const distance = (step: number): number => Math.abs(Math.log(step / value));
  return stepLabel(steps(spec).reduce((best, step) => (distance(step) < distance(best) ? step : best)));
}
