/**
 * HTML of a figure that is static everywhere and becomes interactive where plotly.js is at hand.
 *
 * The picture is an <img>, so it survives sanitisers (untrusted notebooks, GitHub). The script looks for plotly.js in
 * this order and leaves the picture alone when there is none: `window.Plotly` (our report embeds it once), then the
 * file that `sptlab install` puts beside kernel.json, which classic Notebook and JupyterLab serve under
 * `kernelspecs/sptlab/`. It is fetched once per page, from the notebook server itself; nothing comes from elsewhere.
 */

import { createHash } from "node:crypto";
import type { Figure } from "./figure.js";

/** File name, beside kernel.json in the kernelspec folder, of the plotly.js that figures look for. */
export const plotlyResourceName = "plotly.min.js";

/**
 * The `text/html` representation of a figure.
 * @param imageUrl  a data: URL of the static picture
 */
export function interactiveHtml(figure: Figure, imageUrl: string): string {
  const json = JSON.stringify(figure).replace(/</g, "\\u003c");
  const name = `sptlab-figure-${createHash("sha256").update(json).digest("hex").slice(0, 12)}`;
  const alt = escapeHtml(figure.plainTitle);
  return (
    `<div class="${name}"><img src="${imageUrl}" width="${figure.layout.width}" alt="${alt}"></div>\n` +
    `<script>(${upgrade})(${JSON.stringify(name)}, ${JSON.stringify(plotlyResourceName)}, ${json});</script>`
  );
}

/** Text made safe for HTML content and attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** Runs in the page, as text: kept free of TypeScript and of anything from outside its braces. */
const upgrade = `function (name, resource, figure) {
  function draw(Plotly) {
    document.querySelectorAll("." + name + ":not([data-drawn])").forEach(function (place) {
      place.dataset.drawn = "1";
      var target = document.createElement("div");
      place.appendChild(target);
      Plotly.newPlot(target, figure.data, figure.layout, { displaylogo: false, responsive: true }).then(function () {
        place.querySelector("img").remove();
      });
    });
  }
  if (window.Plotly) return draw(window.Plotly);
  var lab = document.getElementById("jupyter-config-data");
  var base = lab ? JSON.parse(lab.textContent).baseUrl : document.body.dataset.baseUrl;
  if (!base) return;
  window.sptlabPlotly = window.sptlabPlotly || new Promise(function (resolve) {
    var script = document.createElement("script");
    script.onload = function () { resolve(window.Plotly); };
    script.src = base + "kernelspecs/sptlab/" + resource;
    document.head.appendChild(script);
  });
  window.sptlabPlotly.then(draw);
}`;
