/**
 * Bundles JupyterLab with our additions: `node build.js FOLDER`. The folder gets `manifest.json` (what the page loads),
 * `static/` (names carry hashes; beside each larger text a copy packed with gzip), `schemas/`, `themes/` and `NOTICES.txt`.
 */

import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { notices } from "./notices.js";
import { extensionList, labLoaders } from "./plugins.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const packageOf = async (name) => JSON.parse(await readFile(join(here, "node_modules", name, "package.json"), "utf8"));

const folder = resolve(process.argv[2] ?? "build");
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const { dependencies } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
const extensions = (await Promise.all(Object.keys(dependencies).map(packageOf))).filter(({ jupyterlab }) => jupyterlab);

const shared = { absWorkingDir: here, bundle: true, minify: true, metafile: true, logLevel: "warning" };
const loader = { ".md": "text", ".woff": "file", ".woff2": "file", ".png": "file", ".gif": "file" };

const { metafile } = await build({
  ...shared,
  entryPoints: [{ in: "src/main.ts", out: "main" }],
  outdir: join(folder, "static"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  format: "esm",
  splitting: true,
  target: "es2022",
  legalComments: "none", // NOTICES.txt has them
  loader,
  alias: { path: "path-browserify" },
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis", __dirname: '"/"' },
  inject: ["src/process.js"],
  plugins: [labLoaders(), extensionList(extensions)],
});

for (const { name, jupyterlab } of extensions) {
  const own = join(here, "node_modules", name);
  if (jupyterlab.schemaDir)
    await cp(join(own, jupyterlab.schemaDir), join(folder, "schemas", name), { recursive: true });
  if (!jupyterlab.themePath) continue;
  await build({
    ...shared,
    entryPoints: [{ in: join(own, jupyterlab.themePath), out: "index" }],
    outdir: join(folder, "themes", name),
    plugins: [labLoaders()],
  });
}

await writeFile(join(folder, "NOTICES.txt"), await notices(Object.keys(metafile.inputs), here));

const statics = join(folder, "static");
for (const name of await readdir(statics)) {
  const bytes = await readFile(join(statics, name));
  if (/\.(js|css)$/.test(name) && bytes.length > 1024) await writeFile(join(statics, `${name}.gz`), gzipSync(bytes));
}

const [[main, { cssBundle }]] = Object.entries(metafile.outputs).filter(
  ([, { entryPoint }]) => entryPoint === "src/main.ts",
);
const { version } = await packageOf("@jupyterlab/application");
const manifest = {
  entry: basename(main),
  chunks: chunksOf(main).map((path) => basename(path)),
  css: [basename(cssBundle)],
  version,
};
await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest, null, 2));

/** What a module needs before it can run, so that the page need not find out one by one. */
function chunksOf(entry) {
  const found = new Set([entry]);
  for (const path of found) {
    const { imports } = metafile.outputs[path];
    for (const { path: imported, kind } of imports) if (kind === "import-statement") found.add(imported);
  }
  return [...found].slice(1);
}
