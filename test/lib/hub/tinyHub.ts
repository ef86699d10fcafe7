/** A fake hub with the model lab/tiny, an empty cache, and no clock: what every test of the hub starts from. */

import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect } from "vitest";
import { type HubOptions, hubModelDirectory, parseModelName } from "../../../lib/hub/index.js";
import { FakeHub, filesOf, gitHash, type Intervention, type SeenRequest, sha256 } from "./fakeHub.js";

/** Folder of the small models. */
export const FIXTURES = "test/fixtures/models";
/** The commit of lab/tiny's main branch. */
export const OLD = "1".repeat(40);
/** A commit that nothing has yet. */
export const NEW = "2".repeat(40);

/** One test's hub and cache. */
export class TinyHub {
  /** What was waited for, in milliseconds. */
  readonly waits: number[] = [];
  readonly blobFolder: string;

  private constructor(
    readonly hub: FakeHub,
    readonly home: string,
    readonly config: Buffer,
    readonly weights: Buffer,
  ) {
    this.blobFolder = join(home, "hub", "models--lab--tiny", "blobs");
    this.add("lab/tiny", {
      "config.json": config,
      "model.safetensors": weights,
      "vocab.json": Buffer.from("{}"),
      "merges.txt": Buffer.from(""),
      "pytorch_model.bin": Buffer.from("not needed"),
      "README.md": Buffer.from("not needed either"),
    });
  }

  static async start(): Promise<TinyHub> {
    const names = ["config.json", "model.safetensors"] as const;
    const files = await filesOf(join(FIXTURES, "roberta-tiny"), names);
    const [config, weights] = names.map((name) => files[name] ?? Buffer.alloc(0));
    const home = await mkdtemp(join(tmpdir(), "sptlab-hub-"));
    return new TinyHub(await FakeHub.start(), home, config ?? Buffer.alloc(0), weights ?? Buffer.alloc(0));
  }

  async stop(): Promise<void> {
    await this.hub.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  /** Adds a model with one commit. */
  add(id: string, files: Record<string, Buffer>): void {
    this.hub.models[id] = { commits: { [OLD]: files }, branches: { main: OLD } };
  }

  /** Environment that leads to this hub and cache. */
  environment(more: Record<string, string> = {}): Record<string, string> {
    return { HF_HOME: this.home, HF_ENDPOINT: this.hub.endpoint, ...more };
  }

  /** Resolves a model; every wait is noted and ends at once. */
  async fetch(name = "lab/tiny", options: HubOptions & { env?: Record<string, string> } = {}): Promise<string> {
    const model = parseModelName(name, options.revision);
    if (model === undefined) throw new Error(`${name} is no model name`);
    const wait = async (ms: number): Promise<void> => {
      this.waits.push(ms);
    };
    return hubModelDirectory(model, options, { env: this.environment(options.env), wait });
  }

  /** Lets an intervention act on the first `times` requests that it is for. */
  first(times: number, server: SeenRequest["server"], act: Intervention): void {
    let left = times;
    this.hub.intervene = (seen, response) => seen.server === server && left-- > 0 && act(seen, response);
  }

  /** Unfinished files among the blobs. */
  async incomplete(): Promise<string[]> {
    const names = await readdir(this.blobFolder).catch(() => []);
    return names.filter((name) => name.endsWith(".incomplete"));
  }

  /** Ends when an unfinished file has this many bytes, so that a test can break a transfer at a known point. */
  async stored(sizeBytes: number): Promise<void> {
    for (;;) {
      for (const name of await this.incomplete()) {
        const found = await stat(join(this.blobFolder, name)).catch(() => undefined);
        if (found?.size === sizeBytes) return;
      }
      await setImmediate();
    }
  }

  /** Checks that every blob is what its name says; unfinished files have names of their own. */
  async expectSoundCache(): Promise<void> {
    for (const name of await readdir(this.blobFolder).catch(() => [])) {
      if (name.endsWith(".incomplete")) continue;
      const content = await readFile(join(this.blobFolder, name));
      expect([sha256(content), gitHash(content)]).toContain(name);
    }
  }
}
