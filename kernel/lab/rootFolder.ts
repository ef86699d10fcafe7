/** The folder that the page may see: API paths become real paths, and nothing leads out. */

import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { HttpError } from "./routes.js";

/** A served folder. API paths have forward slashes, no leading slash, and "" for the folder itself. */
export class RootFolder {
  private constructor(
    /** Its real path. */
    readonly path: string,
  ) {}

  /** @throws Error  when `path` is no folder */
  static async open(path: string): Promise<RootFolder> {
    const root = new RootFolder(await realpath(path));
    if (!(await lstat(root.path)).isDirectory()) throw new Error(`expected a folder to serve; ${path} is none`);
    return root;
  }

  /**
   * The real path of something that is there or could be made there; links are followed.
   *
   * @throws HttpError  404 for names that are hidden, impossible or outside
   */
  async resolve(apiPath: string): Promise<string> {
    const names = segments(apiPath);
    if (names.some((name) => !isVisible(name))) throw notFound(apiPath);
    const path = join(this.path, ...names);
    const real = await this.real(path, apiPath);
    if (!this.isInside(real)) throw notFound(apiPath);
    return real;
  }

  /** Where `apiPath` itself stands, a link not being followed: what is renamed or deleted. */
  async resolveEntry(apiPath: string): Promise<string> {
    const target = await this.resolve(apiPath);
    const names = segments(apiPath);
    if (names.length === 0) return target;
    return join(await this.resolve(names.slice(0, -1).join("/")), names.at(-1) ?? "");
  }

  private async real(path: string, apiPath: string): Promise<string> {
    try {
      return await realpath(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw notFound(apiPath);
    }
    const isBrokenLink = await lstat(path).then(Boolean, () => false);
    const folder = await realpath(dirname(path)).catch(() => null);
    if (isBrokenLink || folder === null) throw notFound(apiPath);
    return join(folder, basename(path));
  }

  private isInside(real: string): boolean {
    const names = relative(this.path, real).split(sep);
    return real === this.path || names.every(isVisible);
  }
}

/** Whether the page may see a file of this name: not those that begin with a dot, nor what is no name. */
export function isVisible(name: string): boolean {
  return name !== "" && !name.startsWith(".") && !/[\0\\/]/.test(name) && Buffer.byteLength(name) <= 255;
}

/** The names in an API path. */
export function segments(apiPath: string): string[] {
  return apiPath.split("/").filter((name) => name !== "");
}

function notFound(apiPath: string): HttpError {
  return new HttpError(404, `no such file or folder: ${apiPath}`);
}
