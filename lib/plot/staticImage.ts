/**
 * Static pictures of figures in Node: plotly.js draws SVG into a jsdom page, resvg turns it into PNG.
 *
 * jsdom has no layout, so text is measured with a canvas, and heat maps get a canvas to paint their cells on. All of it
 * is loaded at the first picture (about a second) and kept. Identical figures give identical SVG: plotly's random ids
 * come from a stream seeded by the figure.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Canvas } from "@napi-rs/canvas";
import { createRandom } from "../random.js";
import type { PlotlyLayout, PlotlyTrace } from "./figure.js";

interface PlotlyJson {
  readonly data: readonly PlotlyTrace[];
  readonly layout: PlotlyLayout;
}

type ToImage = (figure: unknown, options: Readonly<Record<string, unknown>>) => Promise<string>;

/** What plotly.js needs of the page; jsdom's own types are not installed. */
interface PlotlyPage {
  eval(source: string): void;
  readonly Math: { random: () => number };
  readonly URL: { createObjectURL?: () => string };
  readonly Element: { readonly prototype: object };
  readonly SVGElement: { readonly prototype: object };
  readonly HTMLCanvasElement: { readonly prototype: object };
  readonly Plotly?: { readonly toImage: ToImage };
}

let loading: Promise<{ page: PlotlyPage; toImage: ToImage }> | undefined;

/** SVG text of a figure at its layout's size. */
export async function renderSvg(figure: PlotlyJson): Promise<string> {
  loading ??= loadPlotly();
  const { page, toImage } = await loading;
  const json = JSON.stringify({ data: figure.data, layout: figure.layout });
  page.Math.random = createRandom(textSeed(json)).uniform;
  const { width, height } = figure.layout;
  return toImage(JSON.parse(json), { format: "svg", imageDataOnly: true, width, height });
}

/** PNG bytes of SVG text; `scale` is device pixels per SVG unit. */
export async function svgToPng(svg: string, scale: number): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const readable = svg // resvg knows neither quoted references nor "pixelated"
    .replace(/url\((?:'|&quot;)([^'&)]*)(?:'|&quot;)\)/g, "url($1)")
    .replace(/image-rendering: pixelated/g, "image-rendering: optimizeSpeed");
  return new Resvg(readable, { fitTo: { mode: "zoom", value: scale } }).render().asPng();
}

/**
 * A data: URL of SVG text: a PNG, which the fewest readers refuse, or the SVG itself on a machine without fonts, where a PNG
 * would lack all text.
 *
 * @param options.loadSystemFonts  false: as on a machine without fonts
 */
export async function pictureUrl(svg: string, options: { readonly loadSystemFonts?: boolean } = {}): Promise<string> {
  const { Resvg } = await import("@resvg/resvg-js");
  const probe = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">M</text></svg>';
  const hasFonts =
    new Resvg(probe, { font: { loadSystemFonts: options.loadSystemFonts ?? true } }).getBBox() !== undefined;
  if (!hasFonts) return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  return `data:image/png;base64,${Buffer.from(await svgToPng(svg, 1.5)).toString("base64")}`;
}

/** FNV-1a over UTF-16 code units. */
function textSeed(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

async function loadPlotly(): Promise<{ page: PlotlyPage; toImage: ToImage }> {
  const [{ JSDOM }, { createCanvas }, source] = await Promise.all([
    import("jsdom"),
    import("@napi-rs/canvas"),
    readFile(createRequire(import.meta.url).resolve("plotly.js-dist-min"), "utf8"),
  ]);
  const { window } = new JSDOM("<!doctype html><body></body>", { runScripts: "outside-only", pretendToBeVisual: true });
  const page = window as PlotlyPage;
  const ruler = createCanvas(1, 1).getContext("2d");
  Object.assign(page.URL, { createObjectURL: () => "blob:unused" });
  Object.assign(page.Element.prototype, { getBoundingClientRect: measure });
  Object.assign(page.SVGElement.prototype, {
    getBBox: measure,
    getComputedTextLength(this: Element): number {
      return measure.call(this).width;
    },
  });
  Object.assign(page.HTMLCanvasElement.prototype, canvasMethods());
  page.eval(source);
  if (!page.Plotly) throw new Error("plotly.js-dist-min defined no Plotly; install the version in package-lock.json.");
  return { page, toImage: page.Plotly.toImage };

  /** The box of an element's text: as wide as its longest line, as high as its lines. */
  function measure(this: Element): { x: number; y: number; width: number; height: number } & Record<Side, number> {
    const size = fontSize(this);
    ruler.font = `${size}px Arial, Liberation Sans, DejaVu Sans, sans-serif`;
    const lines = lineTexts(this);
    const width = Math.max(0, ...lines.map((line) => ruler.measureText(line).width || 0.55 * size * line.length));
    const height = 1.2 * size * lines.length;
    const anchor = this.getAttribute("text-anchor");
    const x = anchor === "middle" ? -width / 2 : anchor === "end" ? -width : 0;
    return { x, y: -size, width, height, left: x, right: x + width, top: -size, bottom: height - size };
  }

  function canvasMethods(): object {
    const canvases = new WeakMap<object, Canvas>();
    return {
      getContext(this: { width: number; height: number }) {
        const canvas = createCanvas(this.width, this.height);
        canvases.set(this, canvas);
        return canvas.getContext("2d");
      },
      toDataURL(this: object) {
        return canvases.get(this)?.toDataURL("image/png") ?? "";
      },
    };
  }
}

type Side = "left" | "right" | "top" | "bottom";

/** What is used of a DOM element; the library is compiled without the DOM's types. */
interface Element {
  readonly textContent: string | null;
  readonly parentNode: Element | null;
  readonly style?: { readonly fontSize?: string };
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

function fontSize(element: Element): number {
  const own = Number.parseFloat(element.style?.fontSize ?? "");
  if (own > 0) return own;
  return element.parentNode ? fontSize(element.parentNode) : 12;
}

function lineTexts(element: Element): string[] {
  const lines = [...element.querySelectorAll("tspan.line")].map((line) => line.textContent ?? "");
  if (lines.length > 0) return lines;
  return element.textContent ? [element.textContent] : [];
}
