import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Intervention, sendPart, sha256 } from "./fakeHub.js";
import { OLD, TinyHub } from "./tinyHub.js";

let tiny: TinyHub;
beforeEach(async () => {
  tiny = await TinyHub.start();
});
afterEach(() => {
  vi.unstubAllGlobals();
  return tiny.stop();
});

describe("a broken download", () => {
  const half = () => Math.floor(tiny.weights.length / 2);
  /** Sends the first half, or of the second half nothing; breaks off when what was sent is in the unfinished file. */
  const breakHalfWay: Intervention = ({ range }, response) => {
    const [start, count] = range === undefined ? [0, half()] : [half(), 0];
    return sendPart(tiny.weights, start, count, response, tiny.stored(half()));
  };

  it("goes on where the connection broke", async () => {
    tiny.first(1, "storage", breakHalfWay);
    await tiny.fetch();
    expect(tiny.hub.transfers()).toEqual([undefined, `bytes=${half()}-`]);
    expect(tiny.waits).toEqual([1000]);
    await tiny.expectSoundCache();
  });

  it("starts anew where the server has no ranges", async () => {
    tiny.hub.hasRanges = false;
    tiny.first(1, "storage", breakHalfWay);
    await tiny.fetch();
    expect(tiny.hub.transfers()).toEqual([undefined, `bytes=${half()}-`]);
    await tiny.expectSoundCache();
  });

  it("is given up when it brings nothing more, and resumed by the next call", async () => {
    tiny.first(99, "storage", breakHalfWay);
    await expect(tiny.fetch()).rejects.toThrow(
      /(cannot be reached|broke off): .*, after 5 tries.*what was received is kept/,
    );
    expect(tiny.waits).toEqual([1000, 2000, 4000, 8000]);
    expect(await tiny.incomplete()).toHaveLength(1);
    await tiny.expectSoundCache();
    tiny.hub.intervene = () => false;
    tiny.hub.requests.length = 0;
    await tiny.fetch();
    expect(tiny.hub.transfers()).toEqual([`bytes=${half()}-`]);
    expect(await tiny.incomplete()).toEqual([]);
  });

  it("is taken over from a process that has ended, but not from one that may be at work", async () => {
    const folder = tiny.blobFolder;
    await mkdir(folder, { recursive: true });
    const host = hostname().replace(/\W/g, "_");
    const alive = join(folder, `${sha256(tiny.weights)}.${host}-${process.ppid}-0a0a0a0a.incomplete`);
    await writeFile(alive, tiny.weights.subarray(0, 100));
    const elsewhere = join(folder, `${sha256(tiny.weights)}.otherhost-1-0a0a0a0a.incomplete`);
    await writeFile(elsewhere, tiny.weights.subarray(0, 200));
    await writeFile(
      join(folder, `${sha256(tiny.weights)}.${host}-4194999-0a0a0a0a.incomplete`),
      tiny.weights.subarray(0, 300),
    );
    await tiny.fetch();
    expect(tiny.hub.transfers()).toEqual(["bytes=300-"]);
    expect((await tiny.incomplete()).sort()).toHaveLength(2);

    await rm(join(folder, sha256(tiny.weights)));
    await utimes(elsewhere, 0, 0);
    tiny.hub.requests.length = 0;
    await tiny.fetch("lab/tiny", { revision: "main" });
    expect(tiny.hub.transfers()).toEqual(["bytes=200-"]);
  });

  it("is downloaded anew when what was resumed has the wrong hash", async () => {
    const folder = tiny.blobFolder;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${sha256(tiny.weights)}.free.incomplete`), Buffer.alloc(1000, 1));
    await tiny.fetch();
    expect(tiny.hub.transfers()).toEqual(["bytes=1000-", undefined]);
    await tiny.expectSoundCache();
  });

  it("stops at the signal, and a later call goes on", async () => {
    const stop = new AbortController();
    tiny.first(1, "storage", (_seen, response) =>
      sendPart(tiny.weights, 0, half(), response, new Promise(() => undefined)),
    );
    tiny.stored(half()).then(() => stop.abort(new Error("stopped by hand")));
    await expect(tiny.fetch("lab/tiny", { signal: stop.signal })).rejects.toThrow("stopped by hand");
    await tiny.expectSoundCache();
    tiny.hub.requests.length = 0;
    await tiny.fetch();
    expect(tiny.hub.transfers()).toEqual([`bytes=${half()}-`]);
  });

  it("stops at the kernel's signal where none is given", async () => {
    vi.stubGlobal("interruptSignal", AbortSignal.abort(new Error("the cell was interrupted")));
    await expect(tiny.fetch()).rejects.toThrow("the cell was interrupted");
    vi.unstubAllGlobals();
    await expect(tiny.fetch()).resolves.toContain(OLD);
  });

  it("leaves a sound cache when two downloads run at once", async () => {
    const [a, b] = await Promise.all([tiny.fetch(), tiny.fetch()]);
    expect(a).toBe(b);
    expect(await tiny.incomplete()).toEqual([]);
    expect(await readFile(join(a, "model.safetensors"))).toEqual(tiny.weights);
    await tiny.expectSoundCache();
  });
});

describe("damage", () => {
  it.each([
    [
      "other bytes",
      () => Buffer.alloc(tiny.weights.length, 1),
      /must have the hash [0-9a-f]{64}; what came has [0-9a-f]{64}/,
    ],
    ["too many bytes", () => Buffer.concat([tiny.weights, tiny.weights]), /must have \d+ bytes; more came/],
  ])("by %s is refused, and leaves nothing of the file", async (_name, sent, message) => {
    tiny.first(9, "storage", (_seen, response) => {
      response.writeHead(200).end(sent());
      return true;
    });
    await expect(tiny.fetch()).rejects.toThrow(message);
    expect((await readdir(tiny.blobFolder)).filter((name) => name.startsWith(sha256(tiny.weights)))).toEqual([]);
    await tiny.expectSoundCache();
    tiny.hub.intervene = () => false;
    await expect(tiny.fetch()).resolves.toContain(OLD);
  });

  it("by a body that ends early without saying so is noticed", async () => {
    tiny.first(1, "storage", (_seen, response) => {
      response.writeHead(200).end(tiny.weights.subarray(0, 500));
      return true;
    });
    await tiny.fetch();
    expect(tiny.hub.transfers()).toEqual([undefined, "bytes=500-"]);
  });

  it("by a server that skips to another byte is refused", async () => {
    tiny.first(2, "storage", ({ range }, response) => {
      if (range === undefined) return sendPart(tiny.weights, 0, 500, response, tiny.stored(500));
      response
        .writeHead(206, { "content-range": `bytes 400-499/${tiny.weights.length}` })
        .end(tiny.weights.subarray(400, 500));
      return true;
    });
    await expect(tiny.fetch()).rejects.toThrow(/from byte 500 on; it sent "bytes 400-499/);
  });

  it.each([
    ["no commit", { etag: `"${OLD}"` }, /must send an X-Repo-Commit of 40 hex digits; it sent ""/],
    [
      "a hash that is a path",
      { etag: '"../../x"', "x-repo-commit": OLD },
      /ETag with a SHA-1 or SHA-256; it sent "..\/..\/x"/,
    ],
  ])("by a server with %s is refused: it is no hub", async (_name, headers, message) => {
    tiny.hub.intervene = (_seen, response) => {
      response.writeHead(200, headers).end();
      return true;
    };
    await expect(tiny.fetch()).rejects.toThrow(message);
  });

  it("by an index that names files elsewhere is refused", async () => {
    const config = tiny.hub.models["lab/tiny"]?.commits[OLD]?.["config.json"] ?? Buffer.alloc(0);
    const index = Buffer.from(JSON.stringify({ weight_map: { a: "../../../token" } }));
    const files = { "config.json": config, "model.safetensors.index.json": index };
    tiny.hub.models["lab/evil"] = { commits: { [OLD]: files }, branches: { main: OLD } };
    await expect(tiny.fetch("lab/evil")).rejects.toThrow(/a shard must lie beside its index/);
  });

  it("by endless redirects is refused", async () => {
    tiny.hub.intervene = ({ path }, response) => {
      response.writeHead(302, { location: path }).end();
      return true;
    };
    await expect(tiny.fetch()).rejects.toThrow(/within 8 redirects/);
  });
});
