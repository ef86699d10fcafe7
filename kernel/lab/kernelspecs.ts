/** The kernels that can be started: ours, which needs no installation, and those that Jupyter knows. */

import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { plotlyResourceName } from "../../lib/plot/interactiveHtml.js";
import { kernelspec } from "../commands/install.js";
import { jupyterDataFolders } from "../userFolders.js";
import { isVisible } from "./rootFolder.js";
import { type Call, HttpError, type Route, sendJson } from "./routes.js";
import { sendFile } from "./staticFile.js";

/** The built-in kernelspec's name, and the default. */
export const OWN_KERNEL = "sptlab";

/** What `kernel.json` says, as far as a server needs it. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode?: "signal" | "message";
  readonly env?: Readonly<Record<string, string>>;
}

/** A kernelspec and the files beside it, by name. */
export interface FoundKernelspec {
  readonly name: string;
  readonly spec: KernelSpec;
  readonly folder: string | null;
  readonly files: readonly string[];
}

/** Looks for kernelspecs, anew each time: they may be installed while the server runs. */
export class Kernelspecs {
  /** @param folders  Jupyter data folders, the first to have a name wins; by default, where Jupyter looks */
  constructor(private readonly folders: readonly string[] = jupyterDataFolders()) {}

  /** All of them, ours first. */
  async list(): Promise<readonly FoundKernelspec[]> {
    const found = new Map<string, FoundKernelspec>();
    found.set(OWN_KERNEL, { name: OWN_KERNEL, spec: kernelspec(), folder: null, files: [plotlyResourceName] });
    for (const folder of this.folders.map((data) => join(data, "kernels"))) {
      const names = (await readdir(folder).catch(() => [])).filter((name) => /^[\w.-]+$/.test(name)).sort();
      for (const name of names) {
        const one = await read(join(folder, name), name.toLowerCase());
        if (one !== null && !found.has(one.name)) found.set(one.name, one);
      }
    }
    return [...found.values()];
  }

  /** @throws HttpError  404 when there is no kernel of this name */
  async get(name: string): Promise<FoundKernelspec> {
    const found = (await this.list()).find((one) => one.name === name);
    if (found === undefined) throw new HttpError(404, `no such kernel: ${name}`);
    return found;
  }

  /** `/api/kernelspecs` and the files beside each `kernel.json`. */
  routes(): readonly Route[] {
    const all = async ({ response }: Call): Promise<void> => {
      const kernelspecs = Object.fromEntries((await this.list()).map((one) => [one.name, modelOf(one)]));
      sendJson(response, 200, { default: OWN_KERNEL, kernelspecs });
    };
    return [
      { method: "GET", pattern: /\/api\/kernelspecs\/?/, handle: all },
      {
        method: "GET",
        pattern: /\/api\/kernelspecs\/([^/]+)/,
        handle: async ({ response, params: [name = ""] }) => sendJson(response, 200, modelOf(await this.get(name))),
      },
      {
        method: "GET",
        pattern: /\/kernelspecs\/([^/]+)\/([^/]+)/,
        handle: async (call) => {
          const [name = "", file = ""] = call.params;
          const { folder, files } = await this.get(name);
          if (!files.includes(file)) throw new HttpError(404, `the kernel ${name} has no file ${file}`);
          const plotly = () => createRequire(import.meta.url).resolve("plotly.js-dist-min");
          const path = folder === null ? plotly() : join(folder, file);
          await sendFile(call, path, { "Content-Security-Policy": "sandbox", "Cache-Control": "no-cache" });
        },
      },
    ];
  }
}

/** Null when the folder holds no usable kernel.json: a broken one must not hide the others. */
async function read(folder: string, name: string): Promise<FoundKernelspec | null> {
  try {
    const spec = JSON.parse(await readFile(join(folder, "kernel.json"), "utf8")) as KernelSpec;
    if (!Array.isArray(spec.argv) || !spec.argv.every((word) => typeof word === "string")) return null;
    if (typeof spec.display_name !== "string" || typeof spec.language !== "string") return null;
    return { name, spec, folder, files: (await readdir(folder)).filter(isVisible) };
  } catch {
    return null;
  }
}

function modelOf({ name, spec, files }: FoundKernelspec) {
  const resources = files.map((file) => [
    file.replace(/\.[^.]+$/, ""),
    `/kernelspecs/${name}/${encodeURIComponent(file)}`,
  ]);
  return { name, spec, resources: Object.fromEntries(resources) };
}
