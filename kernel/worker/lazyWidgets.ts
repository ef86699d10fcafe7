/** The widgets as cells name them: loaded by their first use, or when a page that can show them connects. */

import { CONTROL_TARGET, VERSION_TARGET } from "../widgets/targets.js";
import type { LoadedWidgets, Widgets } from "../widgets/widgets.js";
import type { Comms } from "./comm.js";

/** What `widgets` is in a cell. Also registers the targets by which pages greet the kernel and ask for its widgets. */
export function lazyWidgets(comms: Comms): Widgets {
  let loading: Promise<LoadedWidgets> | null = null;
  const load = (): Promise<LoadedWidgets> => {
    loading ??= import("../widgets/widgets.js").then(({ createWidgets }) => createWidgets(comms));
    return loading;
  };
  for (const target of [VERSION_TARGET, CONTROL_TARGET] as const) {
    comms.registerTarget(target, (comm) => {
      comm.onMsg = async ({ data }) => (await load()).models.hear(target, comm, data);
      return load().then(({ models }) => models.greet(target, comm));
    });
  }
  return {
    slider: async (options) => (await load()).widgets.slider(options),
    dropdown: async (options) => (await load()).widgets.dropdown(options),
    checkbox: async (options) => (await load()).widgets.checkbox(options),
    text: async (options) => (await load()).widgets.text(options),
    button: async (options) => (await load()).widgets.button(options),
    follow: async (controls, body) => (await load()).widgets.follow(controls, body),
  };
}
