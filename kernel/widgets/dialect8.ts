/** ipywidgets 8 (and what follows it in JupyterLab, Notebook 7 and VS Code): the default. */

import type { Json } from "../wire/message.js";
import { type ControlSpec, type Dialect, decimals } from "./dialect.js";

const BASE = { module: "@jupyter-widgets/base", version: "2.0.0" } as const;
const CONTROLS = { module: "@jupyter-widgets/controls", version: "2.0.0" } as const;

/** Names of model and view, without their endings. */
const NAMES: Readonly<Record<ControlSpec["kind"], string>> = {
  "int-slider": "IntSlider",
  "float-slider": "FloatSlider",
  "log-slider": "FloatLogSlider",
  dropdown: "Dropdown",
  text: "Text",
  checkbox: "Checkbox",
  button: "Button",
};

/** Model states of `@jupyter-widgets/controls` 2. */
export const dialect8: Dialect = {
  state(spec, label, value) {
    const name = NAMES[spec.kind];
    return {
      ...names(CONTROLS, `${name}Model`, `${name}View`),
      description: label,
      ...settings(spec),
      ...dialect8.valueState(spec, value),
    };
  },
  valueState({ kind }, value) {
    if (kind === "button") return {};
    return kind === "dropdown" ? { index: value } : { value };
  },
  valueIn: ({ kind }, change) => (kind === "dropdown" ? change.index : change.value),
  openData: (state) => ({ state, buffer_paths: [] }),
  updateData: (state) => ({ method: "update", state, buffer_paths: [] }),
  openMetadata: { version: "2.1.0" },
  displayData: null,
  viewVersion: 2,
  hidesPlainText: true,
};

/** The model that lets labels take the room that they need; all controls share it. */
export const labelStyle: Json = {
  ...names(CONTROLS, "DescriptionStyleModel", "StyleView", BASE),
  description_width: "initial",
};

function names(model: typeof BASE | typeof CONTROLS, modelName: string, viewName: string, view = model): Json {
  return {
    _model_module: model.module,
    _model_module_version: model.version,
    _model_name: modelName,
    _view_module: view.module,
    _view_module_version: view.version,
    _view_name: viewName,
  };
}

function settings(spec: ControlSpec): Json {
  switch (spec.kind) {
    case "int-slider":
      return { min: spec.min, max: spec.max, step: spec.step };
    case "float-slider":
      return { min: spec.min, max: spec.max, step: spec.step, readout_format: `.${decimals(spec.step)}f` };
    case "log-slider": {
      const [min, max] = [Math.log10(spec.min), Math.log10(spec.max)];
      return { base: 10, min, max, step: spec.step, readout_format: ".2e" };
    }
    case "dropdown":
      return { _options_labels: spec.labels };
    case "text":
      return { placeholder: spec.placeholder, continuous_update: false };
    default:
      return {};
  }
}
