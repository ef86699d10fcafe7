/** The server of `sptlab lab`: Jupyter's HTTP and WebSocket interface for one folder, on 127.0.0.1. */

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { userDataDirectory } from "../userFolders.js";
import { appRoutes } from "./appRoutes.js";
import { contentsRoutes } from "./contentsRoutes.js";
import { V1 } from "./frames.js";
import { Guard, PAGE_POLICY } from "./guard.js";
import { Kernels } from "./kernels.js";
import { Kernelspecs } from "./kernelspecs.js";
import { ICON, labPage } from "./page.js";
import { RootFolder } from "./rootFolder.js";
import { type Call, dispatch, HttpError, type Route, sendError, sendJson, urlOf } from "./routes.js";
import { TrustStore } from "./trust.js";

const DEFAULT_PORT = 8888;
/** How many ports after the default one are tried when other servers hold them. */
const PORTS_TRIED = 50;
const LIMIT_BYTES = 100 * 1024 * 1024;

/** What a server serves, and how. */
export interface LabOptions {
  /** The folder that the page sees. */
  readonly root: string;
  /** A built front end (see frontend.ts). */
  readonly frontend: string;
  /** 0 takes any that is free; without it, the first free one from 8888. */
  readonly port?: number;
  /** Lets its bearer in; random by default. */
  readonly token?: string;
  /** Where settings, layouts and trust are kept; by default in the user's Jupyter data. */
  readonly stateFolder?: string;
  /** Jupyter data folders with kernelspecs; by default those where Jupyter looks. */
  readonly kernelspecFolders?: readonly string[];
  /** The largest request body and WebSocket message, in bytes. */
  readonly limitBytes?: number;
  /** Told of kernels that end by themselves. */
  readonly log?: (text: string) => void;
}

/** A running server. */
export interface LabServer {
  readonly port: number;
  readonly token: string;
  /** Opens Lab in a browser. */
  readonly url: string;
  /** How many kernels run. */
  readonly kernelCount: () => number;
  /** Ends the kernels, then the server. */
  close(): Promise<void>;
  /** Resolves when the server was closed, also by a page. */
  readonly closed: Promise<void>;
}

/**
 * Starts a server.
 *
 * @throws Error  when the folder cannot be read or the port is taken
 */
export async function startLabServer(options: LabOptions): Promise<LabServer> {
  const { frontend, limitBytes = LIMIT_BYTES, log = () => undefined } = options;
  const token = options.token ?? randomBytes(24).toString("hex");
  const root = await RootFolder.open(options.root);
  const state = options.stateFolder ?? join(userDataDirectory(), "sptlab", "lab");
  const rootName = createHash("sha256").update(root.path).digest("hex").slice(0, 16);
  const kernelspecs = new Kernelspecs(options.kernelspecFolders);
  const runtimeFolder = process.env.JUPYTER_RUNTIME_DIR || join(userDataDirectory(), "runtime");
  const kernels = new Kernels({ root, kernelspecs, runtimeFolder, log });
  const contents = contentsRoutes(root, new TrustStore(join(state, "trusted")), limitBytes);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limitBytes,
    handleProtocols: (offered) => (offered.has(V1) ? V1 : false),
  });
  const started = new Date().toISOString();

  const page = async ({ response, params: [workspace = "", treePath = ""] }: Call): Promise<void> => {
    const html = await labPage({ frontend, root: root.path, token, treePath, workspace: workspace || "default" });
    const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": PAGE_POLICY };
    response.writeHead(200, { ...headers, "Cache-Control": "no-store" }).end(html);
  };
  const get = (pattern: RegExp, handle: Route["handle"]): Route => ({ method: "GET", pattern, handle });
  const routes: readonly Route[] = [
    get(/\/(?:index\.html)?/, ({ response }) => void response.writeHead(302, { Location: "/lab" }).end()),
    get(/\/lab\/?(?:workspaces\/([^/]+)\/?)?(?:tree(?:\/(.*))?)?/, page),
    ...contents.routes,
    ...kernelspecs.routes(),
    ...kernels.routes(),
    ...appRoutes({ frontend, settings: join(state, "settings"), workspaces: join(state, "workspaces", rootName) }),
    get(/\/api\/status/, ({ response }) => {
      const now = new Date().toISOString();
      const { count, connections } = kernels;
      sendJson(response, 200, { started, last_activity: now, connections, kernels: count });
    }),
    get(/\/api\/resolvePath/, async ({ response, url }) => {
      const path = url.searchParams.get("path") ?? "";
      await root.resolve(path);
      sendJson(response, 200, { path, scope: "server" });
    }),
    {
      method: "POST",
      pattern: /\/api\/shutdown/,
      handle: ({ response }) => {
        sendJson(response, 200, {});
        void lab.close();
      },
    },
  ];

  let guard = new Guard(token, 0);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    try {
      const url = urlOf(request);
      if (url.pathname === "/favicon.ico") {
        return void response.writeHead(200, { "Content-Type": "image/svg+xml" }).end(ICON);
      }
      const cookie = /^\/lab(\/|$)/.test(url.pathname) ? guard.cookieFor(request, url) : null;
      if (cookie !== null) {
        url.searchParams.delete("token"); // so that it stays out of histories and screenshots
        return void response.writeHead(302, { "Set-Cookie": cookie, Location: url.pathname + url.search }).end();
      }
      guard.check(request, url, "http");
      await dispatch(routes, request, response, url);
    } catch (error) {
      if (!request.complete) response.setHeader("Connection", "close"); // the rest of the body is not read
      sendError(response, error);
    }
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => socket.destroy());
    try {
      const url = urlOf(request);
      guard.check(request, url, "websocket");
      const id = /^\/api\/kernels\/([\w-]+)\/channels$/.exec(url.pathname)?.[1];
      if (id === undefined && url.pathname !== "/api/events/subscribe") throw new HttpError(404, "no such address");
      const kernel = id === undefined ? null : kernels.get(id);
      const session = url.searchParams.get("session_id") || randomUUID();
      sockets.handleUpgrade(request, socket, head, (accepted: WebSocket) => {
        if (kernel === null)
          accepted.on("error", () => accepted.terminate()); // events: there are none to tell
        else kernel.connect(accepted, session);
      });
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 500;
      socket.end(`HTTP/1.1 ${status} ${status === 404 ? "Not Found" : "Forbidden"}\r\nConnection: close\r\n\r\n`);
    }
  };

  const server = createServer((request, response) => void serve(request, response)).on("upgrade", upgrade);
  const port = await listen(server, options.port);
  guard = new Guard(token, port);
  let closing: Promise<void> | undefined;
  let onClosed: () => void = () => undefined;
  const end = async (): Promise<void> => {
    await Promise.all([kernels.close(), contents.close()]);
    for (const socket of sockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
    onClosed();
  };
  const lab: LabServer = {
    port,
    token,
    url: `http://127.0.0.1:${port}/lab?token=${encodeURIComponent(token)}`,
    kernelCount: () => kernels.count,
    close: () => {
      closing ??= end();
      return closing;
    },
    closed: new Promise((resolve) => {
      onClosed = resolve;
    }),
  };
  return lab;
}

/** Listens on 127.0.0.1 and nowhere else. */
async function listen(server: Server, wanted: number | undefined): Promise<number> {
  const first = wanted ?? DEFAULT_PORT;
  const last = wanted === undefined ? first + PORTS_TRIED : first;
  for (let port = first; ; port += 1) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen({ port, host: "127.0.0.1", exclusive: true }, () => {
          server.off("error", reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE" && port < last) continue;
      const advice = "Choose another by --port, or leave --port out.";
      throw new Error(`port ${port} of 127.0.0.1 cannot be used: ${(error as Error).message}. ${advice}`, {
        cause: error,
      });
    }
  }
}
