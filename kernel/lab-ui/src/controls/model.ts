/** Controls as the page knows them: one model for each comm that a kernel has under the target of Jupyter's widgets. */

import type { Kernel, KernelMessage } from "@jupyterlab/services";
import type { JSONObject } from "@lumino/coreutils";
import { Signal } from "@lumino/signaling";

/** Every control is a comm of this target. */
export const MODEL_TARGET = "jupyter.widget";

/** By this target a page that was loaded anew asks for all models. */
export const CONTROL_TARGET = "jupyter.widget.control";

/** What a kernel says about a control, in the words of ipywidgets 8. */
export type State = Readonly<Record<string, unknown>>;

/** One control. */
export class ControlModel {
  /** The state is another one, or the control is gone. */
  readonly changed = new Signal<this, void>(this);
  isClosed = false;
  /** Changes by the user that the kernel has not been told. */
  private unsent: JSONObject | null = null;
  private isSending = false;

  constructor(
    private readonly comm: Kernel.IComm,
    private readonly clientId: string,
    private current: State,
  ) {
    comm.onMsg = (message) => this.receive(message);
  }

  get state(): State {
    return this.current;
  }

  /** The user changed the control. Fast changes are joined: one message is on its way at a time, and the newest values win. */
  set(change: JSONObject): void {
    this.current = { ...this.current, ...change };
    this.unsent = { ...this.unsent, ...change };
    this.changed.emit();
    if (!this.isSending) void this.sendAll();
  }

  /** The user pressed the button. */
  click(): void {
    this.comm.send({ method: "custom", content: { event: "click" } });
  }

  /** The control is gone. */
  close(): void {
    this.isClosed = true;
    this.changed.emit();
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    while (this.unsent !== null && !this.isClosed) {
      const state = this.unsent;
      this.unsent = null;
      await this.comm.send({ method: "update", state, buffer_paths: [] }).done.catch(() => this.close()); // The kernel is gone.
    }
    this.isSending = false;
  }

  private receive({ content, parent_header }: KernelMessage.ICommMsgMsg): void {
    const { method, state } = content.data as { method?: string; state?: State };
    const isOwnEcho = method === "echo_update" && "session" in parent_header && parent_header.session === this.clientId;
    // While the user is ahead of the kernel, what comes from it is old.
    if (state === undefined || isOwnEcho || this.unsent !== null) return;
    this.current = { ...this.current, ...state };
    this.changed.emit();
  }
}

/** All controls of the page's kernels. */
export class ControlModels {
  /** A control has come. */
  readonly added = new Signal<this, string>(this);
  private readonly models = new Map<string, ControlModel>();

  /** The control with this id. */
  get(id: string): ControlModel | undefined {
    return this.models.get(id);
  }

  /** Follows the controls of a kernel, those that it has already included. */
  attach(kernel: Kernel.IKernelConnection): void {
    if (!kernel.handleComms) return; // Another connection of this page does.
    const ids = new Set<string>();
    const add = (comm: Kernel.IComm, state: State): void => {
      const model = new ControlModel(comm, kernel.clientId, state);
      ids.add(comm.commId);
      this.models.set(comm.commId, model);
      comm.onClose = () => this.remove([comm.commId]);
      this.added.emit(comm.commId);
    };
    kernel.registerCommTarget(MODEL_TARGET, (comm, { content }) => add(comm, stateIn(content.data)));
    kernel.statusChanged.connect((_, status) => {
      if (status !== "restarting" && status !== "autorestarting" && status !== "dead") return;
      this.remove(ids);
      ids.clear();
    });
    kernel.disposed.connect(() => this.remove(ids));
    recover(kernel, add).catch((error: unknown) =>
      console.warn("the kernel did not say which controls it has:", error),
    );
  }

  private remove(ids: Iterable<string>): void {
    for (const id of ids) {
      const model = this.models.get(id);
      this.models.delete(id);
      model?.close();
    }
  }
}

/** Asks for the controls that a kernel opened before this page was loaded. */
async function recover(
  kernel: Kernel.IKernelConnection,
  add: (comm: Kernel.IComm, state: State) => void,
): Promise<void> {
  await kernel.info;
  const { content } = await kernel.requestCommInfo({ target_name: MODEL_TARGET });
  const isNew = (id: string): boolean => !kernel.hasComm(id);
  if (content.status !== "ok" || !Object.keys(content.comms).some(isNew)) return;
  const asking = kernel.createComm(CONTROL_TARGET);
  asking.onMsg = (message) => {
    const { method, states = {} } = message.content.data as { method?: string; states?: Record<string, JSONObject> };
    if (method !== "update_states") return;
    for (const [id, data] of Object.entries(states)) {
      if (isNew(id)) add(kernel.createComm(MODEL_TARGET, id), stateIn(data));
    }
    asking.close();
  };
  asking.open({}, { version: "1.0.0" });
  asking.send({ method: "request_states" });
}

function stateIn(data: JSONObject | object): State {
  return (data as { state?: State }).state ?? {};
}
