import { lstat, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LinkMakers, ModelCache } from "../../../lib/hub/modelCache.js";

const COMMIT = "1".repeat(40);
const ETAG = "a".repeat(64);
const refuse = async (): Promise<void> => {
  throw Object.assign(new Error("EPERM: operation not permitted"), { code: "EPERM" });
};

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sptlab-cache-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function linked(makers?: Partial<LinkMakers>): Promise<{ cache: ModelCache; path: string }> {
  const { symlink, link } = await import("node:fs/promises");
  const cache = new ModelCache(folder, { id: "lab/tiny" }, { symlink, link, ...makers });
  await mkdir(cache.blobDirectory, { recursive: true });
  await writeFile(cache.blobPath(ETAG), "content");
  await cache.link(COMMIT, "config.json", ETAG);
  return { cache, path: join(cache.snapshotPath(COMMIT), "config.json") };
}

describe("ModelCache", () => {
  it("links a commit's file to its blob, in place of a broken link too", async () => {
    const { cache, path } = await linked();
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    await rm(cache.blobPath(ETAG));
    expect(await cache.holds(COMMIT, "config.json", 7)).toBe(false);
    await writeFile(cache.blobPath(ETAG), "content");
    await cache.link(COMMIT, "config.json", ETAG);
    expect(await readFile(path, "utf8")).toBe("content");
  });

  it("makes hard links where symbolic ones are not allowed", async () => {
    const { cache, path } = await linked({ symlink: refuse });
    expect((await lstat(path)).ino).toBe((await lstat(cache.blobPath(ETAG))).ino);
  });

  it("moves the blob where no links are allowed, and still finds the file", async () => {
    const { cache, path } = await linked({ symlink: refuse, link: refuse });
    expect(await readFile(path, "utf8")).toBe("content");
    expect(await cache.holdsBlob(ETAG, 7)).toBe(false);
    expect(await cache.holds(COMMIT, "config.json", 7)).toBe(true);
  });

  it("knows no commit where a ref holds something else", async () => {
    const cache = new ModelCache(folder, { id: "lab/tiny" });
    await cache.writeRef("main", COMMIT);
    expect(await cache.readRef("main")).toBe(COMMIT);
    await writeFile(join(cache.directory, "refs", "main"), "../../elsewhere");
    expect(await cache.readRef("main")).toBeUndefined();
  });
});
