/** Figures: `application/vnd.plotly.v1+json`, drawn by plotly.js, which the page loads once, with its first figure. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";

const MIME = "application/vnd.plotly.v1+json";

interface Figure {
  readonly data?: readonly unknown[];
  readonly layout?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The renderer as JupyterLab registers it, before HTML and pictures. */
export const plotlyExtension: IRenderMime.IExtension = {
  id: "sptlab:plotly",
  description: "Draws plotly figures.",
  rank: 0,
  dataType: "json",
  rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new PlotlyFigure() },
};

class PlotlyFigure extends Widget implements IRenderMime.IRenderer {
  private isDrawn = false;

  constructor() {
    super();
    this.addClass("sptlab-Figure");
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { data = [], layout = {}, config = {} } = model.data[MIME] as Figure;
    const { default: plotly } = await import("plotly.js-dist-min");
    if (this.isDisposed) return;
    this.node.style.minHeight = `${layout.height ?? 450}px`; // What comes below does not jump.
    const settings = { responsive: false, displaylogo: false, ...config };
    // plotly changes what it is given; the model keeps the original.
    await plotly.react(this.node, structuredClone(data), structuredClone(layout), settings);
    this.isDrawn = true;
  }

  protected override onResize(): void {
    void this.resize();
  }

  protected override onAfterShow(): void {
    void this.resize();
  }

  override dispose(): void {
    if (this.isDrawn) void import("plotly.js-dist-min").then(({ default: plotly }) => plotly.purge(this.node));
    super.dispose();
  }

  private async resize(): Promise<void> {
    if (!this.isDrawn || !this.isVisible) return;
    const { default: plotly } = await import("plotly.js-dist-min");
    if (!this.isDisposed) await plotly.Plots.resize(this.node);
  }
}
