/** The page of JupyterLab: its configuration, and where its program is. */

import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { segments } from "./rootFolder.js";

/** `manifest.json` of a built front end; paths are relative to its `static/`. */
interface Manifest {
  readonly entry: string;
  /** What the entry imports, to be fetched with it. */
  readonly chunks: readonly string[];
  readonly css: readonly string[];
  readonly version: string;
  /** Replaces or adds to what the page is told. */
  readonly pageConfig?: Readonly<Record<string, unknown>>;
}

/** The browser's icon, and nothing that has to be loaded. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#3178c6"/>' +
  '<g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"><path d="M8 10h16" opacity=".45"/>' +
  '<path d="M8 16h16"/><path d="M8 22h16" opacity=".45"/></g></svg>';

/** What differs between pages. */
export interface PageOptions {
  readonly frontend: string;
  /** The served folder's real path. */
  readonly root: string;
  readonly token: string;
  /** The file or folder that the page's address names. */
  readonly treePath: string;
  readonly workspace: string;
}

/**
 * The HTML of JupyterLab.
 *
 * @throws Error  when `frontend` holds no manifest
 */
export async function labPage({ frontend, root, token, treePath, workspace }: PageOptions): Promise<string> {
  const manifest = await readManifest(frontend);
  const hasNotebooks = await stat(join(root, "notebooks")).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const urls: Readonly<Record<string, string>> = {
    app: "/lab",
    labextensions: "/lab/extensions",
    licenses: "/lab/api/licenses",
    listings: "/lab/api/listings",
    settings: "/lab/api/settings",
    static: "/static/lab",
    themes: "/lab/api/themes",
    translationsApi: "/lab/api/translations",
    tree: "/lab/tree",
    workspacesApi: "/lab/api/workspaces",
  };
  const config = {
    ...Object.fromEntries(
      Object.entries(urls).flatMap(([name, url]) => [
        [`${name}Url`, url],
        [`full${name[0]?.toUpperCase()}${name.slice(1)}Url`, url],
      ]),
    ),
    appName: "sptlab",
    appNamespace: "lab",
    appVersion: manifest.version,
    baseUrl: "/",
    wsUrl: "",
    token,
    treePath,
    workspace,
    mode: "multiple-document",
    serverRoot: root,
    preferredPath: hasNotebooks ? "notebooks" : "",
    cacheFiles: false,
    devMode: false,
    terminalsAvailable: false,
    quitButton: true,
    federated_extensions: [],
    disabledExtensions: [],
    ...manifest.pageConfig,
  };
  const json = JSON.stringify(config).replaceAll("<", "\\u003c");
  const address = (path: string): string => `/static/lab/${segments(path).map(encodeURIComponent).join("/")}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${basename(root).replace(/[<&]/g, "")} – sptlab</title>
<link rel="icon" href="/favicon.ico" type="image/svg+xml">
${manifest.css.map((path) => `<link rel="stylesheet" href="${address(path)}">`).join("\n")}
${manifest.chunks.map((path) => `<link rel="modulepreload" href="${address(path)}">`).join("\n")}
<script id="jupyter-config-data" type="application/json">${json}</script>
<script type="module" src="${address(manifest.entry)}"></script>
</head>
<body></body>
</html>
`;
}

async function readManifest(frontend: string): Promise<Manifest> {
  const path = join(frontend, "manifest.json");
  try {
    return JSON.parse(await readFile(path, "utf8")) as Manifest;
  } catch (cause) {
    throw new Error(`expected a built front end with ${path}; build it anew by \`sptlab lab\``, { cause });
  }
}
