/** Where a notebook says "here is a control", the control. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { BUILDERS } from "./elements";
import type { ControlModel, ControlModels } from "./model";

const MIME = "application/vnd.jupyter.widget-view+json";

/** The renderer as JupyterLab registers it. */
export function controlsExtension(models: ControlModels): IRenderMime.IExtension {
  const createRenderer = (): ControlView => new ControlView(models);
  return {
    id: "sptlab:control-views",
    description: "Shows the kernel's sliders and other controls.",
    rank: 0,
    dataType: "json",
    rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer },
  };
}

/** One view of a control: its plain text while its kernel is not connected. */
class ControlView extends Widget implements IRenderMime.IRenderer {
  private modelId = "";
  private plainText = "";
  private model: ControlModel | null = null;
  private showState: (() => void) | null = null;

  constructor(private readonly models: ControlModels) {
    super();
    this.addClass("sptlab-Control");
    models.added.connect(this.onAdded, this);
  }

  async renderModel({ data }: IRenderMime.IMimeModel): Promise<void> {
    this.modelId = String((data[MIME] as { model_id?: unknown } | undefined)?.model_id);
    this.plainText = String(data["text/plain"] ?? "A control that this page cannot show.");
    this.connect();
  }

  override dispose(): void {
    this.models.added.disconnect(this.onAdded, this);
    this.model?.changed.disconnect(this.onChanged, this);
    super.dispose();
  }

  private onAdded(_: ControlModels, id: string): void {
    if (id === this.modelId) this.connect();
  }

  private connect(): void {
    this.model?.changed.disconnect(this.onChanged, this);
    this.model = this.models.get(this.modelId) ?? null;
    const build = this.model === null ? undefined : BUILDERS[String(this.model.state._model_name)];
    this.node.replaceChildren();
    if (this.model === null || build === undefined) {
      this.node.textContent = this.plainText;
      return;
    }
    const { model } = this;
    const show = build(this.node, model);
    this.showState = () => show(model.state);
    model.changed.connect(this.onChanged, this);
    this.showState();
  }

  private onChanged(model: ControlModel): void {
    if (model.isClosed) this.connect();
    else this.showState?.();
  }
}
