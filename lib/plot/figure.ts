/**
 * A figure: plotly data and layout as plain JSON, which knows how to show itself in a notebook.
 *
 * What a notebook stores of a finished figure, and why:
 * - `application/vnd.plotly.v1+json`: interactive wherever the front end has a plotly renderer (our Lab, VS Code).
 * - `text/html`: a static picture that every front end, nbconvert and GitHub can show offline, with a script of a few lines
 *   that swaps in the interactive figure when the page has plotly.js or a Jupyter server offers the copy beside our
 *   kernelspec (see interactiveHtml.ts). No figure carries plotly.js.
 * - `image/svg+xml`: for what shows neither of them.
 */

import { interactiveHtml } from "./interactiveHtml.js";
import { pictureUrl, renderSvg, svgToPng } from "./staticImage.js";

/** One plotly trace; the attributes are those of https://plotly.com/javascript/reference/. */
export interface PlotlyTrace {
  readonly type: "heatmap" | "scatter" | "bar";
  readonly [attribute: string]: unknown;
}

/** A plotly layout; width and height are in CSS pixels. */
export interface PlotlyLayout {
  readonly title: { readonly text: string; readonly [attribute: string]: unknown };
  readonly width: number;
  readonly height: number;
  readonly [attribute: string]: unknown;
}

/** Representations of one value by MIME type: text and base64 as strings, JSON types as values. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Plotly JSON that a notebook shows; the marks of this folder make them. */
export class Figure {
  constructor(
    readonly data: readonly PlotlyTrace[],
    readonly layout: PlotlyLayout,
  ) {}

  /** The plotly JSON alone. */
  toJSON(): { data: readonly PlotlyTrace[]; layout: PlotlyLayout } {
    return { data: this.data, layout: this.layout };
  }

  /** The title without markup, for alternative texts and terminals. */
  get plainTitle(): string {
    return this.layout.title.text.replace(/<br>/g, " - ").replace(/<[^>]*>/g, "");
  }

  /** A static picture as SVG text, drawn by plotly.js itself. The first call loads it (about a second). */
  toSvg(): Promise<string> {
    return renderSvg(this);
  }

  /**
   * A static picture as PNG bytes.
   * @param scale  device pixels per CSS pixel
   */
  async toPng(scale = 1.5): Promise<Uint8Array> {
    return svgToPng(await this.toSvg(), scale);
  }

  /** Everything that a notebook keeps of a finished figure (see the header of this file). */
  async toMimeBundle(): Promise<MimeBundle> {
    const svg = await this.toSvg();
    return {
      "application/vnd.plotly.v1+json": this.toJSON(),
      "text/html": interactiveHtml(this, await pictureUrl(svg)),
      "image/svg+xml": svg,
      "text/plain": this.plainTitle,
    };
  }

  /** Jupyter's and Deno's convention for values that show themselves; the kernel awaits it. */
  [Symbol.for("Jupyter.display")](): Promise<MimeBundle> {
    return this.toMimeBundle();
  }
}
