/** Changes in the folder: save, upload, make, copy, rename, delete. Nothing is overwritten unless it is saved. */

import { constants } from "node:fs";
import { appendFile, copyFile, lstat, mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { modeOf, temporaryBeside, writeAtomically, writeError } from "./atomicFile.js";
import { CHECKPOINT_FOLDER, type Checkpoints } from "./checkpoints.js";
import type { Contents, ContentsModel } from "./contents.js";
import { emptyNotebook, toDisk } from "./notebookContent.js";
import { isVisible, type RootFolder, segments } from "./rootFolder.js";
import { HttpError } from "./routes.js";
import type { TrustStore } from "./trust.js";

/** What the page sends to be saved. */
export interface Saved {
  readonly type: string;
  readonly format: string;
  readonly content: unknown;
  /** The number of this piece of an upload, from 1; -1 for the last. */
  readonly chunk?: number;
}

/** Makes changes. */
export class ContentsChanges {
  /** Uploads on their way: from the file's real path to the temporary file that grows. */
  private readonly uploads = new Map<string, string>();

  constructor(
    private readonly root: RootFolder,
    private readonly contents: Contents,
    private readonly checkpoints: Checkpoints,
    private readonly trust: TrustStore,
  ) {}

  /**
   * Writes a file or makes a folder.
   *
   * @returns  its model, and whether it is new
   * @throws HttpError  when it cannot be written; the old file is then as it was
   */
  async save(path: string, saved: Saved): Promise<{ readonly isNew: boolean; readonly model: ContentsModel }> {
    const real = await this.root.resolve(path);
    if (real === this.root.path) throw new HttpError(400, "expected the name of a file");
    const found = await stat(real).catch(() => null);
    const isNew = found === null;
    if (saved.type === "directory") {
      if (found?.isDirectory() === false) throw new HttpError(409, `${path} is a file`);
      if (isNew) await mkdir(real).catch(rethrow(real));
    } else {
      if (found?.isDirectory()) throw new HttpError(409, `${path} is a folder`);
      if (saved.chunk !== undefined) {
        const isWhole = await this.upload(real, saved.chunk, bytesOf(saved));
        if (!isWhole) return { isNew, model: partModel(path) };
      } else if (saved.type === "notebook") {
        const { text, trustedDigest } = toDisk(saved.content);
        await writeAtomically(real, text);
        if (trustedDigest !== null) await this.trust.add(trustedDigest);
      } else if (saved.type === "file") {
        await writeAtomically(real, bytesOf(saved));
      } else {
        throw new HttpError(400, `expected the type file, notebook or directory; got "${saved.type}"`);
      }
    }
    const type = saved.type === "file" ? "file" : null;
    return { isNew, model: await this.contents.get(path, { content: false, hash: true, type }) };
  }

  /** Makes an empty file, notebook or folder under a name that is free, and returns its model. */
  async create(folder: string, type: string, ext: string): Promise<ContentsModel> {
    const real = await this.folder(folder);
    const [stem, ending] =
      type === "notebook" ? ["Untitled", ".ipynb"] : type === "directory" ? ["Untitled Folder", ""] : ["untitled", ext];
    const separator = type === "directory" ? " " : "";
    const path = await this.claim(
      real,
      folder,
      (n) => `${stem}${n === 0 ? "" : `${separator}${n}`}${ending}`,
      (target) => (type === "directory" ? mkdir(target) : writeNew(target, type === "notebook" ? emptyNotebook() : "")),
    );
    return this.contents.get(path);
  }

  /** Copies a file into a folder as `name-Copy1.ext`, or under its own name where that is free, and returns its model. */
  async copy(from: string, folder: string): Promise<ContentsModel> {
    const source = await this.root.resolve(from);
    if (!(await stat(source).catch(() => null))?.isFile())
      throw new HttpError(400, `only files can be copied: ${from}`);
    const real = await this.folder(folder);
    const ending = extname(from);
    const stem = basename(from, ending).replace(/-Copy\d+$/, "");
    const isElsewhere = dirname(source) !== real;
    const name = (n: number) => (n === 0 ? `${stem}${ending}` : `${stem}-Copy${n}${ending}`);
    const path = await this.claim(
      real,
      folder,
      (n) => name(isElsewhere ? n : n + 1),
      (target) => copyFile(source, target, constants.COPYFILE_EXCL),
    );
    return this.contents.get(path);
  }

  /** Moves a file or folder, and its checkpoints, and returns its model. @throws HttpError  409 when the name is taken */
  async rename(from: string, to: string): Promise<ContentsModel> {
    const [source, target] = [await this.entry(from), await this.root.resolve(to)];
    if (target === this.root.path) throw new HttpError(400, "expected a new name");
    if (source !== target) {
      if (await lstat(target).catch(() => null)) throw new HttpError(409, `there already is ${to}`);
      await rename(source, target).catch(rethrow(target));
      await this.checkpoints.move(source, target);
    }
    return this.contents.get(to);
  }

  /** Deletes a file with its checkpoints, a link, or a folder that is empty. */
  async remove(path: string): Promise<void> {
    const real = await this.entry(path);
    if (!(await lstat(real)).isDirectory()) {
      await unlink(real).catch(rethrow(real));
      return this.checkpoints.forget(real);
    }
    const names = await readdir(real);
    if (names.some((name) => name !== CHECKPOINT_FOLDER)) {
      throw new HttpError(400, `the folder ${path} is not empty; delete what is in it first`);
    }
    await rm(join(real, CHECKPOINT_FOLDER), { recursive: true, force: true });
    await rmdir(real).catch(rethrow(real));
  }

  /** Removes what uploads that never ended have left. */
  async close(): Promise<void> {
    await Promise.all([...this.uploads.values()].map((part) => rm(part, { force: true })));
  }

  /** The piece is added to a file beside, which takes the name with the last piece. */
  private async upload(real: string, chunk: number, bytes: Buffer): Promise<boolean> {
    const stale = this.uploads.get(real);
    if (chunk === 1 && stale !== undefined) await rm(stale, { force: true });
    const part = chunk === 1 ? temporaryBeside(real) : stale;
    if (part === undefined) throw new HttpError(400, `piece ${chunk} of ${basename(real)} came without the first`);
    try {
      const mode = await modeOf(real);
      this.uploads.set(real, part);
      await appendFile(part, bytes, { mode });
      if (chunk !== -1) return false;
      const file = await open(part, "r+");
      await file.sync().finally(() => file.close());
      await rename(part, real);
      this.uploads.delete(real);
      return true;
    } catch (error) {
      this.uploads.delete(real);
      await rm(part, { force: true });
      throw writeError(error, real);
    }
  }

  /** Tries names until one is free. */
  private async claim(
    real: string,
    folder: string,
    nameOf: (n: number) => string,
    make: (target: string) => Promise<unknown>,
  ): Promise<string> {
    for (let n = 0; ; n += 1) {
      const name = nameOf(n);
      if (!isVisible(name)) throw new HttpError(400, `${name} is not a possible name`);
      try {
        await make(join(real, name));
        return [...segments(folder), name].join("/");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw writeError(error, join(real, name));
      }
    }
  }

  private async folder(path: string): Promise<string> {
    const real = await this.root.resolve(path);
    if (!(await stat(real).catch(() => null))?.isDirectory()) throw new HttpError(404, `no such folder: ${path}`);
    return real;
  }

  private async entry(path: string): Promise<string> {
    const real = await this.root.resolveEntry(path);
    if (real === this.root.path) throw new HttpError(400, "the served folder itself stays as it is");
    if (!(await lstat(real).catch(() => null))) throw new HttpError(404, `no such file or folder: ${path}`);
    return real;
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  await file.writeFile(text).finally(() => file.close());
}

function bytesOf({ format, content }: Saved): Buffer {
  if (typeof content !== "string") throw new HttpError(400, "expected the content as a string");
  if (format === "text") return Buffer.from(content, "utf8");
  if (format === "base64") return Buffer.from(content, "base64");
  throw new HttpError(400, `expected the format text or base64; got "${format}"`);
}

/** What is told of a file that is not yet whole. */
function partModel(path: string): ContentsModel {
  const now = new Date().toISOString();
  const known = { name: basename(path), path, type: "file", created: now, last_modified: now, writable: true } as const;
  return { ...known, size: null, mimetype: null, format: null, content: null };
}

function rethrow(path: string): (error: unknown) => never {
  return (error) => {
    throw writeError(error, path);
  };
}
