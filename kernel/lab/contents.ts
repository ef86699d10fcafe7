/** What the page sees of the folder: files, notebooks and folders as the models of Jupyter's contents API. */

import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename } from "node:path";
import { mimeTypeOf } from "./mimeTypes.js";
import { fromDisk } from "./notebookContent.js";
import { isVisible, type RootFolder, segments } from "./rootFolder.js";
import { HttpError } from "./routes.js";
import { openRegular } from "./staticFile.js";
import type { TrustStore } from "./trust.js";

/** What something in the folder is for the page. */
export type ContentsType = "directory" | "file" | "notebook";

/** Jupyter's description of a file or folder. Without content, `content` and `format` are null. */
export interface ContentsModel {
  readonly name: string;
  readonly path: string;
  readonly type: ContentsType;
  readonly created: string;
  /** With `hash`, shows the page that a file was changed by somebody else. */
  readonly last_modified: string;
  readonly size: number | null;
  readonly writable: boolean;
  readonly mimetype: string | null;
  readonly format: "json" | "text" | "base64" | null;
  readonly content: unknown;
  readonly hash?: string | null;
  readonly hash_algorithm?: string | null;
}

/** What a client wants to know. */
export interface Wanted {
  readonly content: boolean;
  readonly hash: boolean;
  /** Reads a notebook as a file, or insists on what it is. */
  readonly type?: string | null;
  readonly format?: string | null;
}

/** Reads from the folder. */
export class Contents {
  constructor(
    private readonly root: RootFolder,
    private readonly trust: TrustStore,
    /** Larger files are refused: they are for `/files`. */
    private readonly limitBytes: number,
  ) {}

  /**
   * The model of a file or folder, with its content (for a folder: the models of what is in it) when that is wanted.
   *
   * @throws HttpError  404 when it is not there, 400 when it is not of the type or format that is wanted
   */
  async get(apiPath: string, wanted: Wanted = { content: false, hash: false }): Promise<ContentsModel> {
    const path = segments(apiPath).join("/");
    const real = await this.root.resolve(path);
    const model = await this.describe(path, real);
    if (wanted.type === "directory" ? model.type !== "directory" : wanted.type && model.type === "directory") {
      throw new HttpError(400, `${path} is ${model.type === "directory" ? "a folder" : "not a folder"}`);
    }
    if (model.type === "directory") {
      if (!wanted.content) return model;
      return { ...model, format: "json", content: await this.list(path, real) };
    }
    const type = wanted.type === "file" ? "file" : model.type;
    if (!wanted.content && !wanted.hash) return { ...model, type };
    const bytes = await this.read(real);
    const hash = wanted.hash
      ? { hash: createHash("sha256").update(bytes).digest("hex"), hash_algorithm: "sha256" }
      : { hash: null, hash_algorithm: null };
    if (!wanted.content) return { ...model, ...hash, type };
    if (type === "notebook") {
      const content = fromDisk(bytes.toString("utf8"), await this.trust.refresh());
      return { ...model, ...hash, type, mimetype: null, format: "json", content };
    }
    return { ...model, ...hash, type, ...decoded(bytes, path, wanted.format ?? null) };
  }

  private async describe(path: string, real: string): Promise<ContentsModel> {
    const found = await stat(real).catch((cause: unknown) => {
      throw new HttpError(404, `no such file or folder: ${path}`, { cause });
    });
    const isDirectory = found.isDirectory();
    if (!isDirectory && !found.isFile()) throw new HttpError(404, `${path} is neither a file nor a folder`);
    return {
      name: basename(path),
      path,
      type: isDirectory ? "directory" : path.endsWith(".ipynb") ? "notebook" : "file",
      created: found.birthtime.toISOString(),
      last_modified: found.mtime.toISOString(),
      size: isDirectory ? null : found.size,
      writable: (found.mode & 0o222) !== 0,
      mimetype: isDirectory || path.endsWith(".ipynb") ? null : mimeTypeOf(path, "text/plain"),
      format: null,
      content: null,
    };
  }

  /** Without what the page could not open: broken links, links that lead out, pipes. */
  private async list(path: string, real: string): Promise<ContentsModel[]> {
    const names = (await readdir(real)).filter(isVisible);
    const models = names.map((name) => this.get(path === "" ? name : `${path}/${name}`).catch(() => null));
    return (await Promise.all(models)).filter((model): model is ContentsModel => model !== null);
  }

  private async read(real: string): Promise<Buffer> {
    const file = await openRegular(real);
    try {
      const { size } = await file.stat();
      if (size > this.limitBytes) {
        throw new HttpError(
          413,
          `${basename(real)} has ${size} bytes; only ${this.limitBytes} can be opened: download it`,
        );
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  }
}

/** Bytes as text where they are UTF-8 and nothing else is wanted, else as base64. */
function decoded(bytes: Buffer, path: string, format: string | null): Partial<ContentsModel> {
  const mimetype = mimeTypeOf(path, "");
  if (format !== "base64") {
    try {
      const content = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { format: "text", mimetype: mimetype || "text/plain", content };
    } catch (cause) {
      if (format === "text") throw new HttpError(400, `${path} is not UTF-8 text`, { cause });
    }
  }
  return { format: "base64", mimetype: mimetype || "application/octet-stream", content: bytes.toString("base64") };
}
