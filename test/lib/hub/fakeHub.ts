/** A hub on this machine: a server for names and small files, and a second one, another origin, for large files. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** What arrived at one of the servers. */
export interface SeenRequest {
  readonly server: "hub" | "storage";
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers in place of a server; true when it has, false to let the server answer. */
export type Intervention = (request: SeenRequest, response: ServerResponse) => boolean;

/** One model: its files by commit, and the commits of its branches. */
export interface FakeModel {
  readonly commits: Record<string, Record<string, Buffer>>;
  readonly branches: Record<string, string>;
}

/** Runs the two servers. */
export class FakeHub {
  /** By "organisation/name", data sets by "datasets/organisation/name". */
  readonly models: Record<string, FakeModel> = {};
  readonly requests: SeenRequest[] = [];
  /** Old names of models; the hub answers with a redirect to a path. */
  readonly renamed: Record<string, string> = {};
  /** When set, the hub wants this token. */
  token: string | undefined;
  hasRanges = true;
  intervene: Intervention = () => false;
  /** The hub's address. */
  readonly endpoint: string;
  private readonly storageAddress: string;

  private constructor(
    private readonly hub: Server,
    private readonly storage: Server,
  ) {
    this.endpoint = addressOf(hub);
    this.storageAddress = addressOf(storage);
    hub.on("request", (request, response) => this.answer("hub", request, response));
    storage.on("request", (request, response) => this.answer("storage", request, response));
  }

  static async start(): Promise<FakeHub> {
    const servers = [createServer(), createServer()] as const;
    for (const server of servers) await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new FakeHub(...servers);
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.storage]) {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    }
  }

  /** Paths of the GET requests for a file, with the ranges that were asked for. */
  transfers(server: "hub" | "storage" = "storage"): (string | undefined)[] {
    return this.requests.filter((seen) => seen.server === server && seen.method === "GET").map((seen) => seen.range);
  }

  private answer(server: SeenRequest["server"], request: IncomingMessage, response: ServerResponse): void {
    const seen: SeenRequest = {
      server,
      method: request.method ?? "",
      path: decodeURI(request.url ?? ""),
      range: request.headers.range,
      authorization: request.headers.authorization,
    };
    this.requests.push(seen);
    if (this.intervene(seen, response)) return;
    if (server === "storage") this.sendBytes(seen, this.contentOf(seen.path.slice(1)), response);
    else this.answerAsHub(seen, response);
  }

  private answerAsHub(seen: SeenRequest, response: ServerResponse): void {
    const isList = seen.path.startsWith("/api/");
    const [, id = "", verb, revision = "", file = ""] =
      /^\/(?:api\/)?((?:datasets\/)?[^/]+\/[^/]+)\/([^/]+)\/([^/]+)\/?(.*)$/.exec(seen.path) ?? [];
    const newId = this.renamed[id];
    if (newId !== undefined) {
      response.writeHead(307, { location: seen.path.replace(id, newId) }).end();
      return;
    }
    const model = verb === (isList ? "revision" : "resolve") ? this.models[id] : undefined;
    const commit = model?.branches[decodeURIComponent(revision)] ?? revision;
    const files = model?.commits[commit];
    const content = files?.[file];
    if (files !== undefined) response.setHeader("x-repo-commit", commit);
    if (this.token !== undefined && seen.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401, { "x-error-code": "RepoNotFound" }).end();
    } else if (isList && files !== undefined) {
      const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
      response.end(JSON.stringify({ id, sha: commit, siblings }));
    } else if (content === undefined) {
      const missing = model === undefined ? "Repo" : files === undefined ? "Revision" : "Entry";
      response.writeHead(404, { "x-error-code": `${missing}NotFound` }).end();
    } else if (isLarge(file)) {
      const hash = sha256(content);
      const location = `${this.storageAddress}/${hash}`;
      response
        .writeHead(302, { "x-linked-etag": `"${hash}"`, "x-linked-size": content.length, etag: '"its own"', location })
        .end();
    } else {
      response.setHeader("etag", `"${gitHash(content)}"`);
      this.sendBytes(seen, content, response);
    }
  }

  private sendBytes(seen: SeenRequest, content: Buffer, response: ServerResponse): void {
    const start = this.hasRanges ? Number(/^bytes=(\d+)-$/.exec(seen.range ?? "")?.[1] ?? 0) : 0;
    if (start > 0) response.setHeader("content-range", `bytes ${start}-${content.length - 1}/${content.length}`);
    response.writeHead(start > 0 ? 206 : 200, { "content-length": content.length - start });
    response.end(seen.method === "HEAD" ? undefined : content.subarray(start));
  }

  private contentOf(hash: string): Buffer {
    const contents = Object.values(this.models).flatMap((model) => Object.values(model.commits).flatMap(Object.values));
    return contents.find((content: Buffer) => sha256(content) === hash) ?? Buffer.alloc(0);
  }
}

/** The named files of a fixture folder. */
export async function filesOf(directory: string, names: readonly string[]): Promise<Record<string, Buffer>> {
  const entries = await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name))] as const));
  return Object.fromEntries(entries);
}

/** Promises the rest of `content` from `start` on, sends `count` bytes of it, and breaks the connection at `end`. */
export function sendPart(
  content: Buffer,
  start: number,
  count: number,
  response: ServerResponse,
  end: Promise<void>,
): true {
  const headers: Record<string, string | number> = { "content-length": content.length - start };
  if (start > 0) headers["content-range"] = `bytes ${start}-${content.length - 1}/${content.length}`;
  response.writeHead(start > 0 ? 206 : 200, headers);
  response.flushHeaders();
  response.write(content.subarray(start, start + count));
  end.then(() => response.destroy());
  return true;
}

/** SHA-256 in hex, by which the hub names large files. */
export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What `git hash-object` prints. */
export function gitHash(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Whether the hub keeps a file in its storage for large files. */
function isLarge(name: string): boolean {
  return /\.(safetensors|bin|parquet)$/.test(name);
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
