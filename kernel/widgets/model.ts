/** The models of controls, as pages know them: one comm each. */

import type { Json } from "../wire/message.js";
import type { Comm, Comms, FromJson } from "../worker/comm.js";
import type { MimeBundle } from "../worker/mimeBundle.js";
import type { ControlSpec, Dialect, ModelValue } from "./dialect.js";
import { dialect6, VERSION_6 } from "./dialect6.js";
import { dialect8, labelStyle } from "./dialect8.js";
import { CONTROL_TARGET, MODEL_TARGET, VERSION_TARGET } from "./targets.js";

/** What a model shows, and who hears of changes that pages make. */
export interface ModelSource {
  readonly spec: ControlSpec;
  readonly label: string;
  readonly value: () => ModelValue;
  /** A page changed the value to this, unchecked. */
  readonly onValue: (value: unknown) => unknown;
  readonly onClick: () => unknown;
}

/** One control on the pages. */
export interface Model {
  /** Brings the pages to the value. */
  update(): void;
  /** What shows the control: for a page without widgets, `plainText`. */
  view(plainText: string): MimeBundle;
  /** Takes the control off the pages. */
  close(): void;
}

/** All models, and the dialect of the pages. */
export class Models {
  private dialect: Dialect = dialect8;
  /** Comm to whole state. */
  private readonly models = new Map<string, () => Json>();
  private style: Comm | null = null;

  constructor(private readonly comms: Comms) {}

  /** A page opened one of our two targets: says which widgets we speak. */
  greet(target: string, comm: Comm): void {
    if (target !== VERSION_TARGET) return;
    this.dialect = dialect6;
    comm.send({ version: VERSION_6 });
  }

  /** A page asks on such a comm: for all models, to show them again after it was loaded anew. */
  hear(target: string, comm: Comm, data: FromJson): void {
    if (target !== CONTROL_TARGET || data?.method !== "request_states") return;
    this.dialect = dialect8;
    const states = [...this.models].map(([id, whole]) => {
      const state = whole();
      const { _model_name: model_name, _model_module: model_module, _model_module_version } = state;
      return [id, { model_name, model_module, model_module_version: _model_module_version, state }];
    });
    comm.send({ method: "update_states", states: Object.fromEntries(states), buffer_paths: [] });
  }

  /** Opens a model. */
  open({ spec, label, value, onValue, onClick }: ModelSource): Model {
    const state = (): Json => ({ ...this.styled(), ...this.dialect.state(spec, label, value()) });
    const comm = this.openComm(state, (data) => {
      if (data?.method === "custom" && data.content?.event === "click") return onClick();
      const change: Json | undefined = data?.method === "backbone" ? data.sync_data : data?.state;
      const changed = change && this.dialect.valueIn(spec, change);
      if (changed === undefined) return;
      // So that other pages on the same kernel follow.
      if (data.method === "update") comm.send({ method: "echo_update", state: change, buffer_paths: [] });
      return onValue(changed);
    });
    return {
      update: () => comm.send(this.dialect.updateData(this.dialect.valueState(spec, value()))),
      view: (plainText) => {
        const { displayData, viewVersion, hidesPlainText } = this.dialect;
        if (displayData !== null) comm.send(displayData);
        const view = { version_major: viewVersion, version_minor: 0, model_id: comm.id };
        const text = hidesPlainText ? { "text/plain": plainText } : {};
        return { "application/vnd.jupyter.widget-view+json": view, ...text };
      },
      close: () => {
        this.models.delete(comm.id);
        comm.close();
      },
    };
  }

  private openComm(state: () => Json, onData: (data: FromJson) => unknown): Comm {
    const comm = this.comms.open(MODEL_TARGET, this.dialect.openData(state()), this.dialect.openMetadata);
    this.models.set(comm.id, state);
    comm.onMsg = ({ data }) => {
      if (data?.method === "request_state") comm.send(this.dialect.updateData(state()));
      else return onData(data);
    };
    comm.onClose = () => this.models.delete(comm.id);
    return comm;
  }

  /** The style that all controls share, where the dialect has it. */
  private styled(): Json {
    if (this.dialect !== dialect8) return {};
    this.style ??= this.openComm(
      () => labelStyle,
      () => undefined,
    );
    return { style: `IPY_MODEL_${this.style.id}` };
  }
}
