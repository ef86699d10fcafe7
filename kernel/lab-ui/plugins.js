/** What esbuild must be told about JupyterLab's packages. */

import { readFile } from "node:fs/promises";

/**
 * Pictures are text to JavaScript and data URLs to style sheets; `.raw.css` is text; FontAwesome, whose icons nothing
 * here uses, is left out; MathJax's CommonJS modules come whole from `import()`.
 */
export function labLoaders() {
  return {
    name: "lab-loaders",
    setup({ onLoad, onResolve, resolve }) {
      // esbuild's `import()` of a CommonJS module has its exports only as `default` when it splits.
      onLoad({ filter: /mathjax-extension[\\/]lib[\\/]index\.js$/ }, async ({ path }) => ({
        contents: (await readFile(path, "utf8")).replace(/import\('mathjax-full[^']*'\)/g, "$&.then(m => m.default)"),
      }));
      onResolve({ filter: /^(~|)@fortawesome\// }, ({ path }) => ({ path, namespace: "left-out" }));
      onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "", loader: "css" }));
      onResolve({ filter: /^~/ }, ({ path, ...from }) => resolve(path.slice(1), from)); // webpack's word for a package
      onResolve({ filter: /\.svg$/ }, async ({ path, pluginData, ...from }) => {
        if (pluginData === "resolved" || from.kind !== "url-token") return;
        const found = await resolve(path, { ...from, pluginData: "resolved" });
        return found.errors.length > 0 ? found : { path: found.path, namespace: "svg-url" };
      });
      onLoad({ filter: /.*/, namespace: "svg-url" }, async ({ path }) => ({
        contents: await readFile(path),
        loader: "dataurl",
      }));
      onLoad({ filter: /\.svg$/ }, async ({ path }) => ({ contents: await readFile(path), loader: "text" }));
      onLoad({ filter: /\.raw\.css$/ }, async ({ path }) => ({ contents: await readFile(path), loader: "text" }));
    },
  };
}

/** The module `lab-extensions`: plugins and MIME renderers of all packages that are JupyterLab extensions, and their styles. */
export function extensionList(packages) {
  const lines = packages.map(({ name, styleModule }, index) => [
    `import * as extension${index} from "${name}";`,
    ...(styleModule ? [`import "${name}/${styleModule}";`] : []),
  ]);
  const list = (key) =>
    packages.flatMap(({ name, jupyterlab }, index) =>
      jupyterlab[key] ? [`["${name}", extension${index}.default]`] : [],
    );
  const contents = `${lines.flat().join("\n")}
    export const extensions = [${list("extension")}];
    export const mimeExtensions = [${list("mimeExtension")}];`;
  return {
    name: "lab-extensions",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^lab-extensions$/ }, ({ path }) => ({ path, namespace: "lab-extensions" }));
      onLoad({ filter: /.*/, namespace: "lab-extensions" }, () => ({ contents, resolveDir: import.meta.dirname }));
    },
  };
}
