/** Figures show themselves as plotly JSON, HTML that works offline, and a static picture. */

import { createContext, runInContext } from "node:vm";
import { GlobalFonts } from "@napi-rs/canvas";
import { expect, test } from "vitest";
import { gateHeatMap, layerBars, type MimeBundle } from "../../../lib/plot/index.js";
import { pictureUrl } from "../../../lib/plot/staticImage.js";

const figure = gateHeatMap({
  title: "Gates <of> it",
  gates: [
    [0.4, 0.6],
    [0.3, 0.7],
  ],
});
const showing = figure.toMimeBundle();

test("a displayed figure is plotly JSON, HTML and SVG, found by Jupyter's display symbol", async () => {
  const method: unknown = Reflect.get(figure, Symbol.for("Jupyter.display"));
  expect(typeof method).toBe("function");
  const bundle = await (method as () => Promise<MimeBundle>).call(figure);
  expect(Object.keys(bundle).sort()).toEqual([
    "application/vnd.plotly.v1+json",
    "image/svg+xml",
    "text/html",
    "text/plain",
  ]);
  expect(bundle["application/vnd.plotly.v1+json"]).toEqual({ data: figure.data, layout: figure.layout });
});

const hasFonts = GlobalFonts.families.length > 0;
if (!hasFonts) console.warn("no system fonts: pictures are SVG here, so the PNG tests are skipped");

test.skipIf(!hasFonts)("the HTML holds a PNG of the figure, no plotly.js and no address outside the page", async () => {
  const html = String((await showing)["text/html"]);
  const png = Buffer.from(/src="data:image\/png;base64,([^"]+)"/.exec(html)?.[1] ?? "", "base64");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1050, 510]); // 700 x 340 at 1.5 pixels
  expect(html.length).toBeLessThan(150_000);
  expect(html.replace(/base64,[^"]*/, "")).not.toMatch(/https?:\/\//);
});

test("the SVG paints one pixel per gate, and drawing it twice gives the same text", async () => {
  const svg = await figure.toSvg();
  expect(svg).toMatch(/^<svg [^>]*width="700" height="340"/);
  expect(svg).toContain("search step");
  const cells = Buffer.from(/<image [^>]*href="data:image\/png;base64,([^"]+)"/.exec(svg)?.[1] ?? "", "base64");
  expect([cells.readUInt32BE(16), cells.readUInt32BE(20)]).toEqual([2, 2]);
  expect(await figure.toSvg()).toBe(svg);
});

test("on a machine without fonts the picture is SVG, whose text the reader's own fonts draw", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">M</text></svg>';
  expect(await pictureUrl(svg)).toMatch(hasFonts ? /^data:image\/png;base64,/ : /^data:image\/svg/);
  const url = await pictureUrl(svg, { loadSystemFonts: false });
  expect(Buffer.from(url.split(",")[1] ?? "", "base64").toString()).toBe(svg);
});

test("legend entries are as wide as their words", async () => {
  const svg = await layerBars({ gates: [0.4, 0.6], chosen: [1] }).toSvg();
  expect(svg).toContain("not chosen");
  const widths = [...svg.matchAll(/legendtoggle"[^>]*width="([\d.]+)"/g)].map((match) => Number(match[1]));
  expect(Math.min(...widths)).toBeGreaterThan(40);
});

/** Runs the script of the figure's HTML in a page that offers `extra` on `window`. */
async function runScript(extra: Record<string, unknown>, baseUrl: string | undefined) {
  const html = String((await showing)["text/html"]);
  const script = /<script>([\s\S]*)<\/script>/.exec(html)?.[1] ?? "";
  const removed: string[] = [];
  const requested: { src?: string; onload?: () => void }[] = [];
  const place = {
    dataset: {} as Record<string, string>,
    appendChild: () => undefined,
    querySelector: () => ({ remove: () => removed.push("img") }),
  };
  const document = {
    querySelectorAll: () => (place.dataset.drawn ? [] : [place]),
    createElement: () => ({}),
    getElementById: () => null,
    body: { dataset: { baseUrl } },
    head: { appendChild: (element: { src?: string }) => requested.push(element) },
  };
  const window: Record<string, unknown> = { ...extra };
  const page = createContext({ window, document });
  runInContext(script, page);
  return { window, removed, requested, again: () => runInContext(script, page) };
}

test("the picture becomes interactive where the page has plotly.js", async () => {
  const drawn: unknown[] = [];
  const Plotly = { newPlot: async (_: unknown, data: unknown) => drawn.push(data) };
  const page = await runScript({ Plotly }, undefined);
  await new Promise(setImmediate);
  expect(JSON.parse(JSON.stringify(drawn))).toEqual(JSON.parse(JSON.stringify([figure.data])));
  expect(page.removed).toEqual(["img"]);
});

test("under a notebook server plotly.js is asked for once, from the kernelspec's own folder", async () => {
  const page = await runScript({}, "/base/");
  page.again();
  expect(page.requested.map((element) => element.src)).toEqual(["/base/kernelspecs/sptlab/plotly.min.js"]);
});

test("without plotly.js and without a server the picture stays and nothing is requested", async () => {
  const page = await runScript({}, undefined);
  expect(page.requested).toEqual([]);
  expect(page.removed).toEqual([]);
});

test("a title cannot break out of the HTML", async () => {
  const html = String((await showing)["text/html"]);
  expect(html).toContain('alt="Gates  it"');
  expect(html.match(/<script>/g)).toHaveLength(1);
  expect(html.slice(html.indexOf("<script>") + 8, html.lastIndexOf("</script>"))).not.toContain("<of>");
});
