/** Requests and answers: which handler a path leads to, JSON in and out, errors as Jupyter clients read them. */

import type { IncomingMessage, ServerResponse } from "node:http";

/** A request that cannot be served. The message reaches the page. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A request on its way through the server. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** What the groups of the route's pattern matched, decoded; empty for a group that matched nothing. */
  readonly params: readonly string[];
}

/** What answers requests whose method is `method` and whose undecoded path matches `pattern` as a whole. */
export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (call: Call) => Promise<void> | void;
}

/**
 * The address of a request. The host is left out: it was checked apart.
 *
 * @throws HttpError  when it is none
 */
export function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(`http://lab${request.url ?? ""}`);
  } catch (cause) {
    throw new HttpError(400, "expected a path in the request line", { cause });
  }
}

/**
 * Hands the request to its route. HEAD is answered as GET; Node leaves out the body.
 *
 * @throws HttpError  404 when no route knows the path, 405 when none knows its method
 */
export async function dispatch(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const method = request.method === "HEAD" ? "GET" : request.method;
  let isKnown = false;
  for (const route of routes) {
    const match = route.pattern.exec(url.pathname);
    if (match?.[0] !== url.pathname) continue;
    isKnown = true;
    if (route.method === method) {
      return route.handle({ request, response, url, params: match.slice(1).map((text) => decode(text ?? "")) });
    }
  }
  throw isKnown ? new HttpError(405, `${method} is not possible here`) : new HttpError(404, "no such address");
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": body.length });
  response.end(body);
}

/** Answers with 204: done, nothing to say. */
export function sendNothing(response: ServerResponse): void {
  response.writeHead(204).end();
}

/** Answers with an error; what is not an HttpError is the server's fault and says no more than its message. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const status = error instanceof HttpError ? error.status : 500;
  const message = error instanceof Error ? error.message : String(error);
  sendJson(response, status, { message, reason: null });
}

/**
 * The body as a JSON object; an empty body is an empty object.
 *
 * @throws HttpError  413 above `limitBytes`, 400 when it is not a JSON object
 */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<Record<string, unknown>> {
  const text = (await readBody(request, limitBytes)).toString("utf8");
  let value: unknown = {};
  try {
    if (text !== "") value = JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, "expected a JSON body", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "expected a JSON object as the body");
  }
  return value as Record<string, unknown>;
}

/** A text field of a body; `fallback` when it is absent, an error when it is something else. */
export function textField(body: Readonly<Record<string, unknown>>, name: string, fallback = ""): string {
  const value = body[name] ?? fallback;
  if (typeof value !== "string") throw new HttpError(400, `expected text as ${name}; got ${typeof value}`);
  return value;
}

async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const tooLarge = (): HttpError => {
    request.pause(); // The rest is not read: the connection ends with the answer.
    return new HttpError(413, `the body may have ${limitBytes} bytes; send large files in chunks`);
  };
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new HttpError(400, `the address holds a broken escape: ${text}`, { cause });
  }
}
