import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CheckpointError, ConfigError, DataError } from "../../../../lib/errors.js";
import { loadTask } from "../../../../lib/task/loadTask.js";
import { parseHubTask } from "../../../../lib/task/sources/hubTask.js";
import { FakeHub, sha256 } from "../../hub/fakeHub.js";

const FIXTURES = "test/fixtures/parquet";
const OLD = "1".repeat(40);
const NEW = "2".repeat(40);

let hub: FakeHub;
let home: string;
let files: Record<string, Buffer>;
beforeEach(async () => {
  hub = await FakeHub.start();
  home = await mkdtemp(join(tmpdir(), "sptlab-hub-"));
  vi.stubEnv("HF_HOME", home);
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_OFFLINE", "");
  const names = ["train-00000-of-00002", "train-00001-of-00002", "validation-00000-of-00001", "test-00000-of-00001"];
  const read = async (name: string) => [`sst2/${name}.parquet`, await readFile(join(FIXTURES, `sst2-${name}.parquet`))];
  files = { "README.md": Buffer.from("x"), ...Object.fromEntries(await Promise.all(names.map(read))) };
  hub.models["datasets/nyu-mll/glue"] = { commits: { [OLD]: files }, branches: { main: OLD } };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  await rm(home, { recursive: true });
});

describe("a benchmark of the hub", () => {
  it("loads by its short or its full name, with the commit that the branch stood for in id and source", async () => {
    const data = await loadTask("hf:sst2");
    expect(data.id).toBe(`hf:nyu-mll/glue/sst2@${OLD}`);
    expect([data.task.id, data.source]).toEqual([data.id, data.id]);
    expect(data.task.labelWords).toEqual(["terrible", "great"]);
    expect(data.test.open("test")).toEqual([
      { text: "a rich tale", label: 1 },
      { text: "a poor tale", label: 0 },
      { text: "a rich song", label: 1 },
    ]);
    expect(data.train.length + data.dev.length).toBe(40);
    expect(data.notes.join(" ")).toMatch(/labels of test-.* not public.* Dev is 4 rows drawn from train/);
    expect((await loadTask("hf:nyu-mll/glue/sst2@main")).hash).toBe(data.hash);
    expect((await loadTask(`hf:sst2@${OLD}`)).hash).toBe(data.hash);
  });

  it("lies in the Hugging Face cache of data sets, and a commit needs no network once it is there", async () => {
    const first = await loadTask(data());
    const root = join(home, "hub", "datasets--nyu-mll--glue");
    const part = "train-00000-of-00002.parquet";
    const hash = sha256(files[`sst2/${part}`] ?? Buffer.alloc(0));
    expect(await readlink(join(root, "snapshots", OLD, "sst2", part))).toBe(join("..", "..", "..", "blobs", hash));
    expect(await readdir(join(root, "snapshots", OLD))).toEqual(["sst2"]);
    hub.requests.length = 0;
    expect((await loadTask(data())).hash).toBe(first.hash);
    expect(hub.requests).toEqual([]);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    await expect(loadTask("hf:sst2@v9")).rejects.toThrow(/HF_HUB_OFFLINE forbids the network/);
    expect((await loadTask(data())).hash).toBe(first.hash);
  });
  const data = () => `hf:sst2@${OLD}`;

  it("follows a branch, and names the new commit", async () => {
    await loadTask("hf:sst2");
    const model = hub.models["datasets/nyu-mll/glue"];
    const { "sst2/test-00000-of-00001.parquet": _, ...fewer } = files;
    if (model !== undefined) {
      model.commits[NEW] = fewer;
      model.branches.main = NEW;
    }
    hub.requests.length = 0;
    expect((await loadTask("hf:sst2")).id).toBe(`hf:nyu-mll/glue/sst2@${NEW}`);
    expect(hub.transfers()).toEqual([]);
  });

  it("is never read in part: what an interrupted download left is completed", async () => {
    let isBroken = true;
    const part = sha256(files["sst2/test-00000-of-00001.parquet"] ?? Buffer.alloc(0));
    hub.intervene = (seen, response) => {
      if (!isBroken || seen.server !== "storage" || !seen.path.includes(part)) return false;
      response.writeHead(200, { "content-length": 99_999 });
      response.end("no such content");
      return true;
    };
    const controller = new AbortController();
    const { intervene } = hub;
    hub.intervene = (seen, response) => {
      if (seen.path.includes(part)) controller.abort(new Error("stopped"));
      return intervene(seen, response);
    };
    await expect(loadTask(data(), { signal: controller.signal })).rejects.toThrow("stopped");
    isBroken = false;
    hub.intervene = () => false;
    expect((await loadTask(data())).notes.join(" ")).toContain("not public");
  });

  it("is read from the cache, with a warning, when the hub cannot be reached", async () => {
    const { hash } = await loadTask("hf:sst2");
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    expect((await loadTask("hf:sst2")).hash).toBe(hash);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining(OLD), "HubWarning");
    warn.mockRestore();
  });
});

describe("another data set of the hub", () => {
  it("is a task of one's own: classes from the file, template and label words from the caller", async () => {
    hub.models["datasets/lab/reviews"] = { commits: { [OLD]: files }, branches: { "refs/convert/parquet": OLD } };
    const definition = { labelWords: ["bad", "good"], title: "Reviews" };
    const data = await loadTask("hf:lab/reviews/sst2@refs/convert/parquet", { definition });
    expect(data.id).toBe(`hf:lab/reviews/sst2@${OLD}`);
    expect(data.task).toMatchObject({
      title: "Reviews",
      labels: ["negative", "positive"],
      labelWords: ["bad", "good"],
    });
  });

  it("has an error for no parquet, no data set, no revision, and no name", async () => {
    hub.models["datasets/lab/reviews"] = { commits: { [OLD]: files }, branches: { main: OLD } };
    await expect(loadTask("hf:lab/reviews")).rejects.toThrow(/must have parquet files .* it has sst2\/train-00000/);
    await expect(loadTask("hf:lab/unknown")).rejects.toThrow(/lab\/unknown does not exist/);
    await expect(loadTask("hf:sst2@v9")).rejects.toThrow(/no revision "v9".*datasets\/nyu-mll\/glue/s);
    await expect(loadTask("hf:mpqa")).rejects.toThrow(/must be "hf:organisation\/name".* got "hf:mpqa"/);
    for (const id of ["hf:", "hf:a/b/c/d", "hf:a/../b", "hf:a/b/.. "]) {
      expect(() => parseHubTask(id), id).toThrow(DataError);
    }
    expect(() => parseHubTask("hf:a/b@../x")).toThrow(ConfigError);
  });

  it("whose list of files would lead out of the cache is refused", async () => {
    const names = ["../../../train.parquet", "/train.parquet", "a/./train.parquet"];
    for (const rfilename of names) {
      hub.intervene = (seen, response) => {
        if (!seen.path.startsWith("/api/")) return false;
        response.end(JSON.stringify({ sha: OLD, siblings: [{ rfilename }] }));
        return true;
      };
      const loading = loadTask("hf:lab/reviews");
      await expect(loading, rfilename).rejects.toThrow(CheckpointError);
      await expect(loading).rejects.toThrow(/does not answer as a Hugging Face hub/);
    }
  });
});
