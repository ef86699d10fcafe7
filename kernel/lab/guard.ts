/** Who may speak to the server: the browser of the user who started it, and programs that know its token. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpError } from "./routes.js";

/** Pages may load scripts, styles and data from this server only; ajv in JupyterLab compiles its schemas. */
export const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "media-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "frame-src 'self' data: blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const LOCAL_HOST = /^(127\.0\.0\.1|localhost)(:\d+)?$/i;

/** Checks requests of one server. */
export class Guard {
  private readonly cookieName: string;
  private readonly cookieValue: string;

  /**
   * @param token  what the URL that was printed carries
   * @param port   browsers do not tell the cookies of two ports apart, so the cookie's name has to
   */
  constructor(
    private readonly token: string,
    port: number,
  ) {
    this.cookieName = `sptlab-lab-${port}`;
    this.cookieValue = digest(`cookie ${token}`).toString("hex");
  }

  /**
   * Lets a request pass whose Host is this machine, whose Origin is this server, and which shows the token: reading takes
   * the cookie or the header; changing takes the header, which no foreign page can send; WebSockets, which cannot have
   * headers, take the cookie or the query.
   *
   * @throws HttpError  403
   */
  check(request: IncomingMessage, url: URL, kind: "http" | "websocket"): void {
    this.checkOrigin(request, url);
    const isReading = request.method === "GET" || request.method === "HEAD";
    const isKnown =
      this.isToken(/^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? "")?.[1]) ||
      (isReading && this.hasCookie(request)) ||
      (kind === "websocket" && this.isToken(url.searchParams.get("token")));
    if (!isKnown) throw new HttpError(403, "expected the token: open the URL that `sptlab lab` printed");
  }

  /** For a page whose URL carries the right token: the cookie that stands for it from now on. Else null. */
  cookieFor(request: IncomingMessage, url: URL): string | null {
    this.checkHost(request);
    if (request.method !== "GET" || !this.isToken(url.searchParams.get("token"))) return null;
    return `${this.cookieName}=${this.cookieValue}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** A page of another site whose name leads to 127.0.0.1 would send that name. */
  private checkHost({ headers }: IncomingMessage): void {
    if (!LOCAL_HOST.test(headers.host ?? "")) {
      throw new HttpError(403, `expected the host 127.0.0.1 or localhost; got ${headers.host}`);
    }
  }

  private checkOrigin(request: IncomingMessage, url: URL): void {
    this.checkHost(request);
    const { origin, host, "sec-fetch-site": site = "same-origin", "sec-fetch-mode": mode } = request.headers;
    if (origin !== undefined && origin.toLowerCase() !== `http://${host}`.toLowerCase()) {
      throw new HttpError(403, `requests of pages from ${origin} are not answered`);
    }
    const isFollowed = mode === "navigate" && /^\/(lab($|\/)|$)/.test(url.pathname); // a link or bookmark to Lab
    if (site !== "same-origin" && site !== "none" && !isFollowed) {
      throw new HttpError(403, "requests of other pages are not answered");
    }
  }

  private isToken(text: string | null | undefined): boolean {
    return typeof text === "string" && timingSafeEqual(digest(text), digest(this.token));
  }

  private hasCookie(request: IncomingMessage): boolean {
    const prefix = `${this.cookieName}=`;
    const cookies = (request.headers.cookie ?? "").split("; ").filter((text) => text.startsWith(prefix));
    return cookies.some((text) => timingSafeEqual(digest(text.slice(prefix.length)), digest(this.cookieValue)));
  }
}

/** Texts of any length become comparable in constant time. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
