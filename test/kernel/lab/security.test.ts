import { execFileSync } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { V1 } from "../../../kernel/lab/frames.js";
import { type Lab, send, startLab } from "./labClient.js";

let lab: Lab;
let cookie: string;
beforeAll(async () => {
  lab = await startLab({ limitBytes: 100_000 });
  await writeFile(join(lab.around, "outside.txt"), "secret");
  await writeFile(join(lab.root, "inside.txt"), "open");
  const { headers } = await send(lab.port, "GET", `/lab?token=${lab.token}`);
  cookie = String(headers["set-cookie"]).split(";")[0] ?? "";
});
afterAll(() => lab.end());

const withToken = (more: Readonly<Record<string, string>> = {}) => ({ Authorization: `token ${lab.token}`, ...more });

describe("the token", () => {
  it.each([
    "/api/contents",
    "/api/kernels",
    "/api/status",
    "/files/inside.txt",
    "/lab",
    "/static/lab/main-ABCD1234.js",
    "/x",
  ])("%s answers 403 without one", async (path) => {
    const { status, text } = await send(lab.port, "GET", path);
    expect(status).toBe(403);
    expect(text).not.toContain(lab.token);
  });

  it.each([
    ["another", "token 0123"],
    ["an empty one", "token "],
    ["a prefix of it", "prefix"],
    ["it under another scheme", "Basic"],
  ])("%s is refused", async (name, header) => {
    const prefix = `token ${lab.token.slice(0, -1)}`;
    const Authorization = header === "prefix" ? prefix : header === "Basic" ? `Basic ${lab.token}` : header;
    expect([name, (await send(lab.port, "GET", "/api/contents", { Authorization })).status]).toEqual([name, 403]);
    expect((await send(lab.port, "GET", "/lab?token=0123")).status).toBe(403);
  });

  it("in Lab's address sets a cookie that scripts and other sites cannot use, and leaves the address", async () => {
    const { status, headers } = await send(lab.port, "GET", `/lab/tree/a%20b.ipynb?token=${lab.token}&reset`);
    expect([status, headers.location]).toEqual([302, "/lab/tree/a%20b.ipynb?reset="]);
    expect(String(headers["set-cookie"])).toMatch(/^sptlab-lab-\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(String(headers["set-cookie"])).not.toContain(lab.token);
  });

  it("as a cookie lets a browser read and not change", async () => {
    expect((await send(lab.port, "GET", "/api/contents", { cookie })).status).toBe(200);
    const put = { type: "file", format: "text", content: "x" };
    for (const method of ["PUT", "POST", "PATCH", "DELETE"]) {
      const { status } = await send(lab.port, method, "/api/contents/inside.txt", { cookie }, JSON.stringify(put));
      expect([method, status]).toEqual([method, 403]);
    }
    expect(await readFile(join(lab.root, "inside.txt"), "utf8")).toBe("open");
    expect((await send(lab.port, "GET", "/api/contents", { cookie: cookie.slice(0, -1) })).status).toBe(403);
  });

  it("in the address of anything but Lab is refused", async () => {
    expect((await send(lab.port, "GET", `/api/contents?token=${lab.token}`)).status).toBe(403);
  });
});

describe("pages of others", () => {
  it.each([
    "evil.example",
    "evil.example:8888",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
    "[::1]",
  ])('a request for the host "%s" is refused, also with the token', async (host) => {
    expect((await send(lab.port, "GET", "/api/contents", withToken({ host }))).status).toBe(403);
    expect((await send(lab.port, "GET", `/lab?token=${lab.token}`, { host })).status).toBe(403);
  });

  it.each(["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1", "null", ""])(
    'a request from the origin "%s" is refused, also with token and cookie',
    async (origin) => {
      expect((await send(lab.port, "GET", "/api/contents", withToken({ origin, cookie }))).status).toBe(403);
      expect((await send(lab.port, "POST", "/api/contents", withToken({ origin }), '{"type":"file"}')).status).toBe(
        403,
      );
      expect((await send(lab.port, "OPTIONS", "/api/contents", { origin })).headers).not.toHaveProperty(
        "access-control-allow-origin",
      );
    },
  );

  it("cannot embed what the cookie would open", async () => {
    for (const site of ["cross-site", "same-site"]) {
      const headers = { cookie, "sec-fetch-site": site, "sec-fetch-mode": "no-cors" };
      expect((await send(lab.port, "GET", "/files/inside.txt", headers)).status).toBe(403);
      expect((await send(lab.port, "GET", "/lab", headers)).status).toBe(403);
    }
    const link = { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await send(lab.port, "GET", "/lab", link)).status).toBe(200);
    expect((await send(lab.port, "GET", "/files/inside.txt", link)).status).toBe(403);
  });

  it("its own page is let in under both names of this machine", async () => {
    for (const name of ["127.0.0.1", "localhost", "LOCALHOST"]) {
      const host = `${name}:${lab.port}`;
      const { status } = await send(lab.port, "GET", "/api/status", withToken({ host, origin: `http://${host}` }));
      expect([name, status]).toEqual([name, 200]);
    }
  });

  it("the page's policy allows no foreign or inline script, and its data cannot end the script element", async () => {
    const { headers, text } = await send(lab.port, "GET", "/lab", { cookie });
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toMatch(/script-src 'self' 'unsafe-eval'(;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(text.match(/<\/script>/g)).toHaveLength(2); // the stub's page configuration holds another one
    expect(headers["cache-control"]).toBe("no-store");
  });
});

describe("WebSockets", () => {
  const open = (path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${lab.port}${path}`, [V1], { headers });
      socket.once("open", () => {
        socket.terminate();
        resolve(101);
      });
      socket.once("unexpected-response", (request, response) => {
        request.destroy();
        resolve(response.statusCode ?? 0);
      });
      socket.on("error", reject);
    });
  const path = "/api/events/subscribe";
  const own = () => ({ origin: `http://127.0.0.1:${lab.port}` });

  it("open for the page, by cookie or token", async () => {
    expect(await open(path, { ...own(), cookie })).toBe(101);
    expect(await open(`${path}?token=${lab.token}`, own())).toBe(101);
  });

  it("stay closed without a token, with another, from another page, for another host, and for no kernel", async () => {
    expect(await open(path, own())).toBe(403);
    expect(await open(`${path}?token=no`, own())).toBe(403);
    for (const origin of ["http://evil.example", "null", "http://localhost:1"]) {
      expect(await open(`${path}?token=${lab.token}`, { origin, cookie })).toBe(403);
    }
    expect(await open(`${path}?token=${lab.token}`, { ...own(), host: "evil.example" })).toBe(403);
    expect(await open(`/api/kernels/none/channels?token=${lab.token}`, own())).toBe(404);
    expect(await open(`/api/contents?token=${lab.token}`, own())).toBe(404);
  });
});

describe("paths", () => {
  const paths = [
    "../outside.txt",
    "..%2foutside.txt",
    "%2e%2e/outside.txt",
    "%2e%2e%2foutside.txt",
    "x/..%2f..%2foutside.txt",
    "..%5coutside.txt",
    "inside.txt%00.png",
    "inside.txt/..%2f..%2foutside.txt",
    "%2fetc%2fpasswd",
    "//etc/passwd",
    ".hidden",
    "%E0%A4%A",
  ];

  it.each(paths)("%s leads nowhere, however it is used", async (path) => {
    const put = JSON.stringify({ type: "file", format: "text", content: "x" });
    const requests: [string, string, string?][] = [
      ["GET", `/api/contents/${path}`],
      ["GET", `/files/${path}`],
      ["PUT", `/api/contents/${path}`, put],
      ["DELETE", `/api/contents/${path}`],
      ["POST", `/api/contents/${path}/checkpoints`],
      ["GET", `/static/lab/${path}`],
      ["GET", `/lab/api/themes/${path}`],
      ["GET", `/lab/api/settings/${path}:x`],
      ["GET", `/kernelspecs/sptlab/${path}`],
    ];
    for (const [method, url, body] of requests) {
      const answer = await send(lab.port, method, url, withToken(), body);
      expect([method, url, answer.status >= 400 && answer.status < 500]).toEqual([method, url, true]);
      expect(answer.text).not.toMatch(/secret|root:/);
    }
    for (const body of [{ copy_from: decode(path) }, { copy_from: `../${decode(path)}` }]) {
      expect((await lab.call("POST", "/api/contents", body)).status).toBeGreaterThanOrEqual(400);
    }
    const renamed = await lab.call("PATCH", "/api/contents/inside.txt", { path: `../${decode(path)}` });
    expect(renamed.status).toBeGreaterThanOrEqual(400);
    expect(await readFile(join(lab.around, "outside.txt"), "utf8")).toBe("secret");
    expect(await readFile(join(lab.root, "inside.txt"), "utf8")).toBe("open");
  });

  it("links that lead out are neither listed, read, written, copied, nor followed by a delete", async () => {
    await mkdir(join(lab.around, "beside"));
    await writeFile(join(lab.around, "beside/f.txt"), "secret");
    await mkdir(join(lab.root, ".git"));
    await symlink("../outside.txt", join(lab.root, "out.txt"));
    await symlink("../beside", join(lab.root, "outdir"));
    await symlink("../gone.txt", join(lab.root, "broken.txt"));
    await symlink(".git", join(lab.root, "git"));
    const { json } = await lab.call("GET", "/api/contents");
    expect(json.content.map(({ name }: { name: string }) => name)).toEqual(["inside.txt"]);
    const put = { type: "file", format: "text", content: "x" };
    for (const name of ["out.txt", "outdir/f.txt", "outdir/new.txt", "broken.txt", "git/config"]) {
      for (const [method, url, body] of [
        ["GET", `/api/contents/${name}`, undefined],
        ["GET", `/files/${name}`, undefined],
        ["PUT", `/api/contents/${name}`, put],
        ["PUT", `/api/contents/${name}`, { ...put, chunk: 1 }],
        ["DELETE", `/api/contents/${name}`, undefined],
        ["PATCH", `/api/contents/${name}`, { path: "taken.txt" }],
        ["POST", "/api/contents", { copy_from: name }],
      ] as const) {
        const { status } = await lab.call(method, url, body);
        expect([method, name, status >= 400 && status < 500]).toEqual([method, name, true]);
      }
    }
    expect(await readFile(join(lab.around, "outside.txt"), "utf8")).toBe("secret");
    expect(await readFile(join(lab.around, "beside/f.txt"), "utf8")).toBe("secret");
    await expect(readFile(join(lab.around, "gone.txt"))).rejects.toThrow("ENOENT");
    await expect(readFile(join(lab.around, "beside/new.txt"))).rejects.toThrow("ENOENT");
  });
});

describe.skipIf(process.platform === "win32")("a pipe among the files", () => {
  it("is neither listed nor waited for", async () => {
    execFileSync("mkfifo", [join(lab.root, "pipe")]);
    for (const path of ["/api/contents/pipe", "/files/pipe", "/api/contents/pipe?content=0&hash=1"]) {
      expect([path, (await lab.call("GET", path)).status]).toEqual([path, 404]);
    }
    expect((await lab.call("POST", "/api/contents", { copy_from: "pipe" })).status).toBe(400);
    const { json } = await lab.call("GET", "/api/contents");
    expect(json.content.map(({ name }: { name: string }) => name)).not.toContain("pipe");
  });
});

describe("what is sent", () => {
  it("a page among the files is shown without rights, and no type is guessed", async () => {
    for (const name of ["page.html", "image.svg", "page.xml", "noending"]) {
      await writeFile(join(lab.root, name), '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
      const { headers } = await send(lab.port, "GET", `/files/${name}`, { cookie });
      expect(headers["content-security-policy"]).toBe("sandbox");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
  });

  it("a body above the limit is refused, announced or not, and changes nothing", async () => {
    const body = JSON.stringify({ type: "file", format: "text", content: "x".repeat(200_000) });
    const { status, json } = await send(lab.port, "PUT", "/api/contents/inside.txt", withToken(), body);
    expect([status, json.message]).toEqual([413, "the body may have 100000 bytes; send large files in chunks"]);
    const chunked = await send(
      lab.port,
      "PUT",
      "/api/contents/inside.txt",
      withToken({ "transfer-encoding": "chunked" }),
      body,
    );
    expect(chunked.status).toBe(413);
    expect(await readFile(join(lab.root, "inside.txt"), "utf8")).toBe("open");
  });

  it.each(["{", "[]", "null", '"x"', '{"path":7}', '{"type":{}}'])("the body %s is refused", async (body) => {
    const { status } = await send(lab.port, "POST", "/api/contents/none", withToken(), body);
    expect([400, 404]).toContain(status);
    expect((await send(lab.port, "PATCH", "/api/contents/inside.txt", withToken(), body)).status).toBe(400);
  });

  it.each([
    "GET / HTTP/1.1\r\n\r\n",
    "GET /lab HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "NONSENSE\r\n\r\n",
    `GET /${"x".repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /api/events/subscribe HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: nonsense\r\n\r\n",
  ])("the raw request %j is answered with an error", async (request) => {
    const socket = connect(lab.port, "127.0.0.1");
    socket.write(request);
    const [answer] = await new Promise<Buffer[]>((resolve) => socket.once("data", (data) => resolve([data])));
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it("answers go nowhere but to this machine", async () => {
    const { networkInterfaces } = await import("node:os");
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    for (const { address } of all.filter((one) => !one.internal && one.family === "IPv4")) {
      const refused = await new Promise((resolve) => {
        const socket = connect(lab.port, address).once("error", () => resolve(true));
        socket.once("connect", () => resolve(socket.destroy() && false));
      });
      expect(refused).toBe(true);
    }
  });
});

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
