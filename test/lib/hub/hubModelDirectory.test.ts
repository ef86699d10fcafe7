import { readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTokenizer } from "../../../lib/backbone/createTokenizer.js";
import { loadBackbone, loadModel } from "../../../lib/backbone/loadBackbone.js";
import { useDevice } from "../../../lib/engine/index.js";
import type { Progress } from "../../../lib/progress.js";
import { filesOf, gitHash, sha256 } from "./fakeHub.js";
import { FIXTURES, NEW, OLD, TinyHub } from "./tinyHub.js";

let tiny: TinyHub;
beforeEach(async () => {
  tiny = await TinyHub.start();
});
afterEach(() => {
  vi.unstubAllEnvs();
  return tiny.stop();
});

describe("a model of the hub", () => {
  it("comes into the Hugging Face cache, with no file that loading does not read", async () => {
    const directory = await tiny.fetch();
    const root = join(tiny.home, "hub", "models--lab--tiny");
    expect(directory).toBe(join(root, "snapshots", OLD));
    expect((await readdir(directory)).sort()).toEqual(["config.json", "merges.txt", "model.safetensors", "vocab.json"]);
    expect(await readlink(join(directory, "model.safetensors"))).toBe(join("..", "..", "blobs", sha256(tiny.weights)));
    expect(await readFile(join(directory, "model.safetensors"))).toEqual(tiny.weights);
    expect(await readFile(join(root, "refs", "main"), "utf8")).toBe(OLD);
    const config = await readFile(join(FIXTURES, "roberta-tiny", "config.json"));
    expect((await readdir(tiny.blobFolder)).sort()).toEqual(
      [sha256(tiny.weights), gitHash(config), gitHash(Buffer.from("{}")), gitHash(Buffer.from(""))].sort(),
    );
  });

  it("loads by name and by name and revision, with the numbers of its directory", async () => {
    await useDevice("cpu");
    for (const [name, value] of Object.entries(tiny.environment())) vi.stubEnv(name, value);
    const here = await loadModel(join(FIXTURES, "roberta-tiny"));
    const there = await loadModel("lab/tiny");
    expect(there.hash).toBe(here.hash);
    const tokens = ["<s>", "<pad>", "</s>", "<unk>", ...Array.from({ length: 115 }, (_, i) => `w${i}`), "<mask>"];
    const vocab = Object.fromEntries(tokens.map((word, id) => [word, id]));
    const tokenizerFile = {
      added_tokens: ["<s>", "<pad>", "</s>", "<mask>"].map((content) => ({
        id: vocab[content],
        content,
        special: true,
      })),
      pre_tokenizer: { type: "WhitespaceSplit" },
      post_processor: { type: "RobertaProcessing", sep: ["</s>", 2], cls: ["<s>", 0] },
      model: { type: "WordPiece", unk_token: "<unk>", vocab },
    };
    const tokenizer = createTokenizer(tokenizerFile, "test");
    const backbone = await loadBackbone(`lab/tiny@${OLD}`, { tokenizer });
    expect([backbone.name, backbone.hash]).toEqual([`lab/tiny@${OLD}`, here.hash]);
    await expect(loadBackbone(join(FIXTURES, "roberta-tiny"), { tokenizer, revision: "v1" })).rejects.toThrow(
      /A revision pins a model of the hub; .* is the directory/,
    );
    for (const loaded of [here, there, backbone]) loaded.dispose();
  });

  it("comes in shards, or as a PyTorch file where there are no safetensors", async () => {
    const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    const sharded = await filesOf(join(FIXTURES, "roberta-tiny-sharded"), [
      "config.json",
      "model.safetensors.index.json",
      ...names,
    ]);
    const pickled = await filesOf(join(FIXTURES, "roberta-tiny-bin"), ["config.json", "pytorch_model.bin"]);
    tiny.hub.models["lab/sharded"] = { commits: { [OLD]: sharded }, branches: { main: OLD } };
    tiny.hub.models["lab/bin"] = { commits: { [NEW]: pickled }, branches: { main: NEW } };
    expect((await readdir(await tiny.fetch("lab/sharded"))).sort()).toEqual(Object.keys(sharded).sort());
    expect((await readdir(await tiny.fetch("lab/bin"))).sort()).toEqual(Object.keys(pickled).sort());
  });

  it("is not downloaded twice, and a commit needs no network at all", async () => {
    const directory = await tiny.fetch();
    tiny.hub.requests.length = 0;
    expect(await tiny.fetch()).toBe(directory);
    expect(tiny.hub.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "HEAD /lab/tiny/resolve/main/config.json",
    ]);
    tiny.hub.requests.length = 0;
    expect(await tiny.fetch(`lab/tiny@${OLD}`)).toBe(directory);
    expect(tiny.hub.requests).toEqual([]);
  });

  it("follows a branch to its newest commit, and shares the files that did not change", async () => {
    await tiny.fetch();
    const model = tiny.hub.models["lab/tiny"];
    const config = Buffer.concat([await readFile(join(FIXTURES, "roberta-tiny", "config.json")), Buffer.from("\n")]);
    if (model !== undefined) {
      model.commits[NEW] = { ...model.commits[OLD], "config.json": config };
      model.branches.main = NEW;
      model.branches["refs/pr/1"] = OLD;
    }
    tiny.hub.requests.length = 0;
    expect(await tiny.fetch()).toMatch(new RegExp(`${NEW}$`));
    expect(tiny.hub.transfers()).toEqual([]);
    expect(tiny.hub.transfers("hub")).toHaveLength(1);
    expect(await tiny.fetch("lab/tiny", { revision: "refs/pr/1" })).toMatch(new RegExp(`${OLD}$`));
    expect(await readFile(join(tiny.home, "hub", "models--lab--tiny", "refs", "refs", "pr", "1"), "utf8")).toBe(OLD);
  });

  it("is found under its old name by a relative redirect", async () => {
    tiny.hub.renamed["tiny-lab/tiny"] = "lab/tiny";
    expect(await tiny.fetch("tiny-lab/tiny")).toContain("models--tiny-lab--tiny");
  });

  it("reports megabytes, and nothing when all is there", async () => {
    const reports: Progress[] = [];
    const onProgress = (progress: Progress) => void reports.push(progress);
    const large = { ...tiny.hub.models["lab/tiny"]?.commits[OLD], "model.safetensors": Buffer.alloc(3_400_000, 7) };
    tiny.hub.models["lab/large"] = { commits: { [OLD]: large }, branches: { main: OLD } };
    await tiny.fetch("lab/large", { onProgress });
    expect(reports.map(({ stage, step, totalSteps }) => [stage, step, totalSteps])).toEqual(
      [0, 1, 2, 3, 4].map((step) => ["download", step, 4]),
    );
    await tiny.fetch("lab/large", { onProgress });
    expect(reports).toHaveLength(5);
  });
});

describe("the token", () => {
  it("goes to the hub and not to the storage that the hub redirects to", async () => {
    tiny.hub.token = "hf_secret";
    await tiny.fetch("lab/tiny", { env: { HF_TOKEN: "hf_secret" } });
    expect(tiny.hub.requests.filter((seen) => seen.server === "storage")).toMatchObject([{ authorization: undefined }]);
  });

  it("may come from the token file", async () => {
    tiny.hub.token = "hf_secret";
    await writeFile(join(tiny.home, "token"), "hf_secret\n");
    await expect(tiny.fetch()).resolves.toContain(OLD);
  });
});

describe("HF_HUB_OFFLINE", () => {
  it("uses the cache by branch and by commit, and asks nobody", async () => {
    const directory = await tiny.fetch();
    tiny.hub.requests.length = 0;
    for (const name of ["lab/tiny", `lab/tiny@${OLD}`]) {
      expect(await tiny.fetch(name, { env: { HF_HUB_OFFLINE: "1" } })).toBe(directory);
    }
    expect(tiny.hub.requests).toEqual([]);
  });

  it("says what to do for a model or revision that is not cached, or not whole", async () => {
    const offline = { env: { HF_HUB_OFFLINE: "yes" } };
    const message = /is not whole in .*models--lab--tiny, and HF_HUB_OFFLINE forbids the network. Unset HF_HUB_OFFLINE/;
    await expect(tiny.fetch("lab/tiny", offline)).rejects.toThrow(message);
    const directory = await tiny.fetch();
    await expect(tiny.fetch("lab/tiny@v2", offline)).rejects.toThrow(message);
    await rm(join(directory, "model.safetensors"));
    await expect(tiny.fetch("lab/tiny", offline)).rejects.toThrow(message);
    expect(await tiny.fetch()).toBe(directory);
    expect(await tiny.fetch("lab/tiny", offline)).toBe(directory);
  });
});
