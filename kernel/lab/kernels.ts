/** The kernels and sessions of a server, and their addresses. */

import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Kernelspecs } from "./kernelspecs.js";
import { OWN_KERNEL } from "./kernelspecs.js";
import { LabKernel } from "./labKernel.js";
import type { RootFolder } from "./rootFolder.js";
import { type Call, HttpError, type Route, readJson, sendJson, sendNothing, textField } from "./routes.js";

/** Requests about kernels are small. */
const LIMIT_BYTES = 1024 * 1024;

/** A document, or a console, that uses a kernel. */
interface Session {
  readonly id: string;
  path: string;
  name: string;
  type: string;
  kernel: LabKernel;
}

/** What kernels need. */
export interface KernelsOptions {
  readonly root: RootFolder;
  readonly kernelspecs: Kernelspecs;
  /** Where connection files go, as Jupyter's do: `jupyter console --existing` finds them. */
  readonly runtimeFolder: string;
  readonly log: (text: string) => void;
}

/** All kernels of a server. */
export class Kernels {
  private readonly kernels = new Map<string, LabKernel>();
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly options: KernelsOptions) {}

  get count(): number {
    return this.kernels.size;
  }

  /** Pages and programs that are connected. */
  get connections(): number {
    return [...this.kernels.values()].reduce((sum, { model }) => sum + model.connections, 0);
  }

  /** @throws HttpError  404 when there is no kernel of this id */
  get(id: string): LabKernel {
    const kernel = this.kernels.get(id);
    if (kernel === undefined) throw new HttpError(404, `no such kernel: ${id}`);
    return kernel;
  }

  /** Ends all kernels. */
  async close(): Promise<void> {
    await Promise.all([...this.kernels.values()].map((kernel) => this.end(kernel)));
  }

  /** `/api/kernels` and `/api/sessions`; the channels are a WebSocket's. */
  routes(): readonly Route[] {
    const kernel = (answer: (kernel: LabKernel, call: Call) => Promise<void> | void) => (call: Call) =>
      answer(this.get(call.params[0] ?? ""), call);
    const session = (answer: (session: Session, call: Call) => Promise<void> | void) => (call: Call) => {
      const found = this.sessions.get(call.params[0] ?? "");
      if (found === undefined) throw new HttpError(404, `no such session: ${call.params[0]}`);
      return answer(found, call);
    };
    const [all, one] = [/\/api\/kernels\/?/, /\/api\/kernels\/([^/]+)/];
    const [allSessions, oneSession] = [/\/api\/sessions\/?/, /\/api\/sessions\/([^/]+)/];
    return [
      {
        method: "GET",
        pattern: all,
        handle: ({ response }) =>
          sendJson(
            response,
            200,
            [...this.kernels.values()].map(({ model }) => model),
          ),
      },
      {
        method: "POST",
        pattern: all,
        handle: async ({ request, response }) => {
          const body = await readJson(request, LIMIT_BYTES);
          const started = await this.start(textField(body, "name", OWN_KERNEL), textField(body, "path"));
          sendJson(response, 201, started.model);
        },
      },
      { method: "GET", pattern: one, handle: kernel(({ model }, { response }) => sendJson(response, 200, model)) },
      {
        method: "DELETE",
        pattern: one,
        handle: kernel(async (found, { response }) => {
          await this.end(found);
          sendNothing(response);
        }),
      },
      {
        method: "POST",
        pattern: /\/api\/kernels\/([^/]+)\/interrupt/,
        handle: kernel((found, { response }) => {
          found.interrupt();
          sendNothing(response);
        }),
      },
      {
        method: "POST",
        pattern: /\/api\/kernels\/([^/]+)\/restart/,
        handle: kernel(async (found, { response }) => {
          await found.restart();
          sendJson(response, 200, found.model);
        }),
      },
      {
        method: "GET",
        pattern: allSessions,
        handle: ({ response }) => sendJson(response, 200, [...this.sessions.values()].map(modelOf)),
      },
      { method: "POST", pattern: allSessions, handle: (call) => this.createSession(call) },
      {
        method: "GET",
        pattern: oneSession,
        handle: session((found, call) => sendJson(call.response, 200, modelOf(found))),
      },
      { method: "PATCH", pattern: oneSession, handle: session((found, call) => this.changeSession(found, call)) },
      {
        method: "DELETE",
        pattern: oneSession,
        handle: session(async (found, { response }) => {
          this.sessions.delete(found.id);
          await this.endUnused(found.kernel);
          sendNothing(response);
        }),
      },
    ];
  }

  /** Two pages that open the same document at once share its session. */
  private async createSession({ request, response }: Call): Promise<void> {
    const body = await readJson(request, LIMIT_BYTES);
    const path = textField(body, "path");
    const found = [...this.sessions.values()].find((session) => session.path === path);
    if (found !== undefined) return sendJson(response, 201, modelOf(found));
    const kernel = await this.kernelOf(body, path);
    const session = { id: randomUUID(), path, name: textField(body, "name"), type: textField(body, "type"), kernel };
    this.sessions.set(session.id, session);
    sendJson(response, 201, modelOf(session));
  }

  private async changeSession(session: Session, { request, response }: Call): Promise<void> {
    const body = await readJson(request, LIMIT_BYTES);
    session.path = textField(body, "path", session.path);
    session.name = textField(body, "name", session.name);
    session.type = textField(body, "type", session.type);
    const before = session.kernel;
    if (body.kernel !== undefined && body.kernel !== null) {
      session.kernel = await this.kernelOf(body, session.path);
      if (session.kernel !== before) await this.endUnused(before);
    }
    sendJson(response, 200, modelOf(session));
  }

  /** The kernel that a session asks for: one that runs, by its id, or a new one, by its name. */
  private async kernelOf(body: Readonly<Record<string, unknown>>, path: string): Promise<LabKernel> {
    const wanted = body.kernel ?? {};
    if (typeof wanted !== "object") throw new HttpError(400, "expected an object as kernel");
    const id = textField(wanted as Readonly<Record<string, unknown>>, "id");
    const name = textField(wanted as Readonly<Record<string, unknown>>, "name");
    return id === "" ? this.start(name || OWN_KERNEL, dirname(path)) : this.get(id);
  }

  /** @param folder  where it runs; the served folder when that is none */
  private async start(name: string, folder: string): Promise<LabKernel> {
    const { root, kernelspecs, runtimeFolder, log } = this.options;
    const { spec } = await kernelspecs.get(name);
    const id = randomUUID();
    const cwd = await root.resolve(folder === "." ? "" : folder).catch(() => root.path);
    const isFolder = await stat(cwd).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const kernel = new LabKernel({
      id,
      name,
      spec,
      cwd: isFolder ? cwd : root.path,
      connectionFile: join(runtimeFolder, `kernel-${id}.json`),
      onDeath: log,
    });
    this.kernels.set(id, kernel);
    try {
      await kernel.start();
    } catch (error) {
      await this.end(kernel);
      throw error;
    }
    return kernel;
  }

  private async endUnused(kernel: LabKernel): Promise<void> {
    if (![...this.sessions.values()].some((session) => session.kernel === kernel)) await this.end(kernel);
  }

  private async end(kernel: LabKernel): Promise<void> {
    await kernel.shutdown();
    this.kernels.delete(kernel.id);
    for (const session of this.sessions.values()) if (session.kernel === kernel) this.sessions.delete(session.id);
  }
}

function modelOf({ id, path, name, type, kernel }: Session) {
  const notebook = type === "notebook" ? { notebook: { path, name: name || basename(path) } } : {};
  return { id, path, name, type, kernel: kernel.model, ...notebook };
}
