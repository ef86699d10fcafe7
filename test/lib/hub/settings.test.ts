import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hubCacheDirectory, hubSettings } from "../../../lib/hub/settings.js";

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "sptlab-settings-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe("the hub's settings", () => {
  it.each([
    ["~/.cache", {}, join("/u", ".cache", "huggingface", "hub")],
    ["XDG_CACHE_HOME", { XDG_CACHE_HOME: "/x" }, join("/x", "huggingface", "hub")],
    ["HF_HOME before it", { XDG_CACHE_HOME: "/x", HF_HOME: "~/hf" }, join("/u", "hf", "hub")],
    ["HF_HUB_CACHE before both", { HF_HOME: "/h", HF_HUB_CACHE: "/c", HUGGINGFACE_HUB_CACHE: "/o" }, "/c"],
    ["its older name", { HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/o" }, "/o"],
    ["HF_HOME where HF_HUB_CACHE is empty", { HF_HOME: "/h", HF_HUB_CACHE: "" }, join("/h", "hub")],
  ])("keep models by %s", (_name, env, expected) => {
    expect(hubCacheDirectory({ HOME: "/u", ...env })).toBe(resolve(expected));
  });

  it("take the token of the environment before that of the token file", async () => {
    const token = async (env: Record<string, string>) => (await hubSettings({ HF_HOME: home, ...env })).token;
    expect(await token({})).toBeUndefined();
    await writeFile(join(home, "token"), "hf_file\n");
    await writeFile(join(home, "other"), " hf_other ");
    expect(await token({})).toBe("hf_file");
    expect(await token({ HF_TOKEN_PATH: join(home, "other") })).toBe("hf_other");
    expect(await token({ HUGGING_FACE_HUB_TOKEN: "hf_old" })).toBe("hf_old");
    expect(await token({ HUGGING_FACE_HUB_TOKEN: "hf_old", HF_TOKEN: "hf_new" })).toBe("hf_new");
    const error = String(await token({ HF_TOKEN: "two words" }).catch((reason: unknown) => reason));
    expect(error).toMatch(/The token in HF_TOKEN must be one word/);
    expect(error).not.toContain("two words");
  });

  it("take an address without its last slash, and refuse what is none", async () => {
    expect((await hubSettings({ HF_HOME: home })).endpoint).toBe("https://huggingface.co");
    expect((await hubSettings({ HF_HOME: home, HF_ENDPOINT: "http://h:8080/hub//" })).endpoint).toBe(
      "http://h:8080/hub",
    );
    for (const HF_ENDPOINT of ["mirror", "ftp://mirror"]) {
      await expect(hubSettings({ HF_HOME: home, HF_ENDPOINT })).rejects.toThrow(/HF_ENDPOINT must be an address/);
    }
  });

  it.each([
    [{}, false],
    [{ HF_HUB_OFFLINE: "0" }, false],
    [{ HF_HUB_OFFLINE: "1" }, true],
    [{ HF_HUB_OFFLINE: "true" }, true],
    [{ TRANSFORMERS_OFFLINE: "yes" }, true],
    [{ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "1" }, false],
  ])("are offline as Python's library is: %o", async (env, expected) => {
    expect((await hubSettings({ HF_HOME: home, ...env })).isOffline).toBe(expected);
  });
});
