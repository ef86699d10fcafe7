import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError } from "../../../lib/errors.js";
import type { Intervention } from "./fakeHub.js";
import { OLD, TinyHub } from "./tinyHub.js";

let tiny: TinyHub;
beforeEach(async () => {
  tiny = await TinyHub.start();
});
afterEach(() => tiny.stop());

describe("a busy or absent hub", () => {
  it("is asked again after what Retry-After says, or after 1, 2, 4 s", async () => {
    const statuses = [429, 503, 500, 429];
    const date = "Wed, 21 Oct 2015 07:28:00 GMT";
    const later = "Wed, 21 Oct 2015 07:28:42 GMT";
    tiny.first(4, "hub", (_seen, response) => {
      const headers = [{ "retry-after": "7" }, {}, {}, { "retry-after": later, date }][4 - statuses.length];
      response.writeHead(statuses.shift() ?? 500, headers).end();
      return true;
    });
    await tiny.fetch();
    expect(tiny.waits).toEqual([7000, 2000, 4000, 42_000]);
  });

  it("is not waited for when it asks for more than five minutes", async () => {
    tiny.first(1, "hub", (_seen, response) => {
      response.writeHead(429, { "retry-after": "3600" }).end();
      return true;
    });
    await expect(tiny.fetch()).rejects.toThrow(/asked too often \(HTTP 429\), after 1 try.*again in 3600 s/);
  });

  it("is replaced by the cache, with a warning", async () => {
    const directory = await tiny.fetch();
    await tiny.hub.stop();
    const warning = new Promise<Error>((done) => process.once("warning", done));
    expect(await tiny.fetch("lab/tiny")).toBe(directory);
    expect((await warning).message).toMatch(
      /lab\/tiny is loaded from the cache, commit 1+: .*ECONNREFUSED, after 1 try/,
    );
    expect(tiny.waits).toEqual([]);
    await expect(tiny.fetch("lab/other")).rejects.toThrow(
      /cannot be reached: ECONNREFUSED, after 5 tries. Check the network and HF_ENDPOINT/,
    );
  });
});

describe("a refusal", () => {
  const answer =
    (status: number, headers: Record<string, string> = {}): Intervention =>
    (_seen, response) => {
      response.writeHead(status, headers).end();
      return true;
    };

  it.each([
    ["404 for a model", "lab/none", undefined, /lab\/none does not exist at .*\(HTTP 404\)/],
    ["404 for a revision", "lab/tiny@v9", undefined, /lab\/tiny has no revision "v9" \(HTTP 404\)/],
    ["401", "lab/tiny", answer(401), /does not exist at .*, or is private \(HTTP 401\).*Set HF_TOKEN/],
    [
      "403 for a gated model",
      "lab/tiny",
      answer(403, { "x-error-code": "GatedRepo", "x-error-message": "Access is restricted" }),
      /only for accounts that asked for access \(HTTP 403: Access is restricted\). Ask for it at .*\/lab\/tiny/,
    ],
    ["404 without a code", "lab/tiny", answer(404), /has no config.json of lab\/tiny at revision "main"/],
    ["451", "lab/tiny", answer(451), /refused config.json of lab\/tiny \(HTTP 451\)/],
  ])("%s is a clear error, and leaves nothing", async (_name, model, intervention, message) => {
    tiny.hub.intervene = intervention ?? tiny.hub.intervene;
    const error: unknown = await tiny.fetch(model).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(String(error)).toMatch(message);
    expect(tiny.waits).toEqual([]);
    expect(await readdir(tiny.home)).toEqual([]);
  });

  it("says that a token was sent, but does not show it", async () => {
    tiny.hub.token = "hf_other";
    const error = String(await tiny.fetch("lab/tiny", { env: { HF_TOKEN: "hf_mine" } }).catch((reason) => reason));
    expect(error).toMatch(/The token of HF_TOKEN or of the token file was sent/);
    expect(error).not.toContain("hf_mine");
  });

  it("of the storage is tried again, since its links expire", async () => {
    tiny.first(1, "storage", answer(403));
    await tiny.fetch();
    expect(tiny.waits).toEqual([1000]);
  });

  it("names what a model lacks", async () => {
    const config = tiny.hub.models["lab/tiny"]?.commits[OLD]?.["config.json"] ?? Buffer.alloc(0);
    tiny.hub.models["lab/bare"] = { commits: { [OLD]: { "config.json": config } }, branches: { main: OLD } };
    tiny.hub.models["lab/empty"] = { commits: { [OLD]: {} }, branches: { main: OLD } };
    await expect(tiny.fetch("lab/bare")).rejects.toThrow(/lab\/bare at commit 1+ has no weights that can be read/);
    await expect(tiny.fetch("lab/empty")).rejects.toThrow(/lab\/empty has no file config.json at revision "main"/);
  });
});
