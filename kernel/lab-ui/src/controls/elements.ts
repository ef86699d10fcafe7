/** What each kind of control looks like: an element of the page, filled once, and a function that brings it to a state. */

import type { ControlModel, State } from "./model";

/** Fills `node` and returns what shows a state in it. */
type Build = (node: HTMLElement, model: ControlModel) => (state: State) => void;

/** By the names of ipywidgets' models. */
export const BUILDERS: Readonly<Record<string, Build>> = {
  IntSliderModel: (node, model) => slider(node, model, LINEAR),
  FloatSliderModel: (node, model) => slider(node, model, LINEAR),
  FloatLogSliderModel: (node, model) => slider(node, model, LOGARITHMIC),
  DropdownModel: dropdown,
  TextModel: text,
  CheckboxModel: checkbox,
  ButtonModel: button,
};

/** Between where a slider's handle is and the value. */
interface Scale {
  value(position: number, base: number): number;
  position(value: number, base: number): number;
}

const LINEAR: Scale = { value: (position) => position, position: (value) => value };
const LOGARITHMIC: Scale = {
  value: (position, base) => base ** position,
  position: (value, base) => Math.log(value) / Math.log(base),
};

function slider(node: HTMLElement, model: ControlModel, scale: Scale): (state: State) => void {
  const input = add(labelled(node, model), "input", { type: "range" });
  const readout = add(node, "output", {});
  const { base = 10, continuous_update = true } = model.state;
  // The browser ends a drag by `change`.
  input.addEventListener(continuous_update === false ? "change" : "input", () =>
    model.set({ value: scale.value(input.valueAsNumber, Number(base)) }),
  );
  return ({ min, max, step, value, readout_format, disabled }) => {
    Object.assign(input, { min, max, step, disabled: disabled === true });
    input.valueAsNumber = scale.position(Number(value), Number(base));
    readout.value = formatted(Number(value), String(readout_format ?? ""));
  };
}

/** `.3f` and `.2e` of d3-format; other formats are shown plainly. */
function formatted(value: number, format: string): string {
  const [, digits = "0", kind] = /^\.(\d+)([fe])$/.exec(format) ?? [];
  if (kind === "f") return value.toFixed(Number(digits));
  if (kind === "e") return value.toExponential(Number(digits));
  return String(Number(value.toPrecision(12)));
}

function dropdown(node: HTMLElement, model: ControlModel): (state: State) => void {
  const select = add(labelled(node, model), "select", {});
  select.addEventListener("change", () => model.set({ index: select.selectedIndex }));
  return ({ _options_labels, index, disabled }) => {
    const labels = (_options_labels as readonly string[] | undefined) ?? [];
    select.replaceChildren(...labels.map((label) => new Option(label)));
    select.selectedIndex = typeof index === "number" ? index : -1;
    select.disabled = disabled === true;
  };
}

function text(node: HTMLElement, model: ControlModel): (state: State) => void {
  const input = add(labelled(node, model), "input", { type: "text" });
  const { continuous_update = true } = model.state;
  input.addEventListener(continuous_update === false ? "change" : "input", () => model.set({ value: input.value }));
  return ({ value, placeholder, disabled }) => {
    Object.assign(input, { placeholder: placeholder ?? "", disabled: disabled === true });
    if (input.value !== value) input.value = String(value); // Setting it moves the cursor.
  };
}

function checkbox(node: HTMLElement, model: ControlModel): (state: State) => void {
  const input = add(labelled(node, model), "input", { type: "checkbox" });
  input.addEventListener("change", () => model.set({ value: input.checked }));
  return ({ value, disabled }) => void Object.assign(input, { checked: value === true, disabled: disabled === true });
}

function button(node: HTMLElement, model: ControlModel): (state: State) => void {
  const pressed = add(node, "button", { type: "button", className: "jp-mod-styled jp-mod-accept" });
  pressed.addEventListener("click", () => model.click());
  return ({ description, disabled }) =>
    void Object.assign(pressed, { textContent: description ?? "", disabled: disabled === true });
}

/** A label with the control's name, in which the control goes. */
function labelled(node: HTMLElement, { state }: ControlModel): HTMLElement {
  const label = add(node, "label", {});
  add(label, "span", { textContent: String(state.description ?? "") });
  return label;
}

function add<K extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
): HTMLElementTagNameMap[K] {
  return parent.appendChild(Object.assign(document.createElement(name), properties));
}
