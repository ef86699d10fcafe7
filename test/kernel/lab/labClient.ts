/** What the tests of the Lab server share: a server on an empty folder, requests with its token, and a page's WebSocket. */

import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { fromV1, toV1, V1 } from "../../../kernel/lab/frames.js";
import type { LabOptions, LabServer } from "../../../kernel/lab/labServer.js";

/** A server, its folder, and the folder around it, which nothing may touch. */
export interface Lab extends LabServer {
  readonly around: string;
  readonly root: string;
  /** A request with the token; `body` is sent as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Ends the server and removes its folders. */
  end(): Promise<void>;
}

/** An answer; `json` is null when the body is none. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into whatever comes
  readonly json: any;
}

/** Starts a server of the built program, whose kernels are the built ones. */
export async function startLab(options: Partial<LabOptions> = {}): Promise<Lab> {
  const built = pathToFileURL(join(process.cwd(), "dist/kernel/lab/labServer.js")).href;
  const { startLabServer } = (await import(built)) as { startLabServer(options: LabOptions): Promise<LabServer> };
  const around = await mkdtemp(join(tmpdir(), "sptlab-lab-"));
  const root = join(around, "root");
  const frontend = join(around, "frontend");
  await mkdir(root);
  await stubFrontend(frontend);
  process.env.SPTLAB_HISTORY = "off";
  process.env.JUPYTER_RUNTIME_DIR = join(around, "runtime");
  const server = await startLabServer({
    root,
    frontend,
    port: 0,
    stateFolder: join(around, "state"),
    kernelspecFolders: [join(around, "jupyter")],
    ...options,
  });
  const headers = { Authorization: `token ${server.token}` };
  return {
    ...server,
    around,
    root,
    call: (method, path, body) =>
      send(server.port, method, path, headers, body === undefined ? undefined : JSON.stringify(body)),
    end: async () => {
      await server.close();
      await rm(around, { recursive: true, force: true });
    },
  };
}

/** A request as a hostile or friendly client may send it: path and headers are sent as they are. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** A message as a page sees it. */
export interface PageMessage {
  readonly channel: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into whatever comes
  readonly content: any;
  readonly parent: { readonly msg_id?: string };
  readonly buffers: readonly Buffer[];
}

/** A page's connection to a kernel, in form v1. */
export class Page {
  readonly received: PageMessage[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly socket: WebSocket,
    readonly session: string,
  ) {
    socket.on("message", (data: Buffer) => {
      const { channel, parts, buffers } = fromV1(data);
      const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString("utf8")));
      this.received.push({ channel, type: header.msg_type, content, parent, buffers });
      for (const look of this.waiting) look();
    });
  }

  static async open(lab: Lab, kernelId: string, session: string = randomUUID()): Promise<Page> {
    const url = `ws://127.0.0.1:${lab.port}/api/kernels/${kernelId}/channels?session_id=${session}&token=${lab.token}`;
    const socket = new WebSocket(url, [V1], { origin: `http://127.0.0.1:${lab.port}` });
    const page = new Page(socket, session);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return page;
  }

  /** Sends a request and returns its id. */
  send(msgType: string, content: object, channel = "shell", buffers: readonly Buffer[] = []): string {
    const msg_id = randomUUID();
    const date = new Date().toISOString();
    const header = { msg_id, msg_type: msgType, session: this.session, username: "u", date, version: "5.4" };
    const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    this.socket.send(toV1({ channel, parts, buffers }));
    return msg_id;
  }

  /** Starts a cell and returns its id. */
  execute(code: string, allowStdin = false): string {
    const how = { silent: false, store_history: true, user_expressions: {}, stop_on_error: true };
    return this.send("execute_request", { code, allow_stdin: allowStdin, ...how });
  }

  /** Runs a cell to its end and returns all that came of it. */
  async run(code: string): Promise<readonly PageMessage[]> {
    const id = this.execute(code);
    await this.ended(id);
    return this.of(id);
  }

  /** Resolves when the reply and the idle of a request are there. */
  async ended(id: string): Promise<void> {
    await this.first(({ parent, channel }) => parent.msg_id === id && channel === "shell");
    await this.first(({ parent, content }) => parent.msg_id === id && content.execution_state === "idle");
  }

  /** What came of a request so far. */
  of(id: string): readonly PageMessage[] {
    return this.received.filter(({ parent }) => parent.msg_id === id);
  }

  /** The first message that is what `isWanted`; waits for it. */
  first(isWanted: (message: PageMessage) => boolean): Promise<PageMessage> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.received.find(isWanted);
        if (found === undefined) return;
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  /** Resolves with the code when the connection is closed. */
  closed(): Promise<number> {
    return new Promise((resolve) => this.socket.once("close", resolve));
  }
}

/** All text that a cell printed. */
export function textOf(messages: readonly PageMessage[]): string {
  return messages
    .filter(({ type }) => type === "stream")
    .map(({ content }) => content.text)
    .join("");
}

/** The least that the server takes for a front end. */
async function stubFrontend(folder: string): Promise<void> {
  await mkdir(join(folder, "static"), { recursive: true });
  await mkdir(join(folder, "schemas/@jupyterlab/apputils-extension"), { recursive: true });
  await mkdir(join(folder, "themes/@jupyterlab/theme-light-extension"), { recursive: true });
  const manifest = {
    entry: "main-ABCD1234.js",
    chunks: ["chunk-ABCD1234.js"],
    css: ["main-ABCD1234.css"],
    version: "4.6.4",
  };
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ ...manifest, pageConfig: { extra: "</script>" } }));
  await writeFile(join(folder, "static/main-ABCD1234.js"), "export {};");
  await writeFile(join(folder, "themes/@jupyterlab/theme-light-extension/index.css"), "body {}");
  const schema = { title: "Themes", properties: { theme: { type: "string", default: "light" } } };
  await writeFile(join(folder, "schemas/@jupyterlab/apputils-extension/themes.json"), JSON.stringify(schema));
  const overrides = { "@jupyterlab/apputils-extension:themes": { theme: "dark" } };
  await writeFile(join(folder, "overrides.json"), JSON.stringify(overrides));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
