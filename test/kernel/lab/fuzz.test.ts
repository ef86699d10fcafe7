import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { toV1, V1 } from "../../../kernel/lab/frames.js";
import { type Lab, Page, send, startLab, textOf } from "./labClient.js";

/** SPTLAB_FUZZ=100000 takes some minutes. */
const COUNT = Number(process.env.SPTLAB_FUZZ ?? 2_000);
const TIMEOUT_MS = 120_000 + COUNT * 40;

let lab: Lab;
let kernelId: string;
const faults: unknown[] = [];
const onFault = (error: unknown): void => void faults.push(error);
beforeAll(async () => {
  lab = await startLab({ limitBytes: 200_000 });
  await writeFile(join(lab.around, "outside.txt"), "secret");
  await mkdir(join(lab.root, "sub"));
  await writeFile(join(lab.root, "a.txt"), "a");
  await writeFile(join(lab.root, "n.ipynb"), '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}');
  await symlink("../outside.txt", join(lab.root, "out.txt"));
  await symlink("..", join(lab.root, "up"));
  kernelId = (await lab.call("POST", "/api/kernels", {})).json.id;
  process.on("uncaughtException", onFault).on("unhandledRejection", onFault);
});
afterAll(async () => {
  process.off("uncaughtException", onFault).off("unhandledRejection", onFault);
  await lab.end();
});

it(
  `${COUNT} random requests and frames crash nothing, touch nothing outside the folder and read no secret`,
  async () => {
    const random = mulberry32(20_240_611);
    const before = await outside(lab.around);
    const codes = new Map<number, number>();
    for (let done = 0; done < COUNT; done += 8) {
      const batch = Array.from({ length: 8 }, (_, lane) =>
        lane === 0
          ? sendFrames(random)
          : sendRequest(random).then((code) => codes.set(code, (codes.get(code) ?? 0) + 1)),
      );
      await Promise.all(batch);
    }
    expect(faults).toEqual([]);
    expect(await outside(lab.around)).toEqual(before);
    expect([...codes.keys()].filter((code) => code >= 500 && code !== 507)).toEqual([]);
    expect(codes.get(200)).toBeGreaterThan(COUNT / 100); // the requests get behind the guard
    const page = await Page.open(lab, kernelId);
    expect(textOf(await page.run("console.log(6 * 7)"))).toBe("42\n");
    page.socket.terminate();
  },
  TIMEOUT_MS,
);

type Random = () => number;

const NAMES = [
  "a.txt",
  "n.ipynb",
  "sub",
  "out.txt",
  "up",
  "up/outside.txt",
  "..",
  ".",
  "%2e%2e",
  "..%2f",
  "%00",
  "%",
  "é",
  " ",
];
const ODD = [
  "checkpoints",
  "x".repeat(300),
  "%ff",
  "%5c..%5c",
  "con",
  "~",
  "-",
  "*",
  "?content=1",
  "?type=notebook",
  "#",
];
const PREFIXES = [
  "/api/contents/",
  "/files/",
  "/lab/tree/",
  "/lab/workspaces/",
  "/static/lab/",
  "/lab/api/settings/",
  "/lab/api/workspaces/",
  "/lab/api/themes/",
  "/kernelspecs/sptlab/",
  "/api/kernelspecs/",
  "/api/config/",
  "/api/resolvePath?path=",
  "/api/",
  "/",
];
const METHODS = ["GET", "GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];
const TEXTS = [
  "",
  "a.txt",
  "../outside.txt",
  "up/outside.txt",
  "sub/b.txt",
  "/etc/passwd",
  "\u0000",
  "𝒳".repeat(100),
  "../../x",
  "..",
];

async function sendRequest(random: Random): Promise<number> {
  const path =
    (random() < 0.5 ? pick(random, ["/api/contents/", "/files/"]) : pick(random, PREFIXES)) +
    Array.from({ length: 1 + below(random, random() < 0.5 ? 1 : 4) }, () =>
      pick(random, random() < 0.7 ? NAMES : ODD),
    ).join("/");
  const headers: Record<string, string> = { Authorization: `token ${lab.token}` };
  if (random() < 0.05) headers.origin = pick(random, ["null", "http://evil.example", "%"]);
  if (random() < 0.05) headers.host = pick(random, ["evil.example", "[", "127.0.0.1"]);
  if (random() < 0.05) headers["if-none-match"] = pick(random, ["*", '"x"']);
  if (random() < 0.03) headers.Authorization = pick(random, ["token", "Basic x", "token \u00e9"]);
  const method = pick(random, METHODS);
  const { status, text } = await send(
    lab.port,
    method,
    path.replaceAll(" ", "%20").replaceAll("é", "%C3%A9"),
    headers,
    body(random),
  );
  expect([method, path, text.includes("secret")]).toEqual([method, path, false]);
  return status;
}

function body(random: Random): string | undefined {
  if (random() < 0.3) return undefined;
  const value = JSON.stringify(json(random, 0));
  if (random() < 0.2) return value.slice(0, below(random, value.length + 1));
  return random() < 0.02 ? `"${"x".repeat(210_000)}"` : value;
}

function json(random: Random, depth: number): unknown {
  if (depth === 0 || random() < 0.3) {
    return {
      type: pick(random, ["file", "notebook", "directory", 7, null]),
      format: pick(random, ["text", "base64", "json", {}]),
      content: random() < 0.4 ? notebook(random) : pick(random, TEXTS),
      ...(random() < 0.4 ? { chunk: pick(random, [1, 2, -1, 1.5, "1"]) } : {}),
      ...(random() < 0.4 ? { copy_from: pick(random, TEXTS) } : {}),
      ...(random() < 0.6 ? { path: pick(random, TEXTS) } : {}),
      ...(random() < 0.4 ? { raw: pick(random, TEXTS), data: {}, metadata: { id: pick(random, TEXTS) } } : {}),
    };
  }
  return pick(random, [null, 1e308, -0, true, [], {}, [[]], "x"]);
}

/** A notebook whose parts may each be of the wrong type. */
function notebook(random: Random): unknown {
  const odd = <T>(value: T): unknown => (random() < 0.15 ? pick(random, [null, 7, "x", [], {}, [null]]) : value);
  const output = () =>
    odd({ output_type: odd("stream"), name: "stdout", text: odd(["a\n", "b"]), data: odd({ "text/html": odd("x") }) });
  const cell = () =>
    odd({ cell_type: odd("code"), metadata: odd({ trusted: odd(true) }), source: odd("1"), outputs: odd([output()]) });
  return odd({ nbformat: odd(4), nbformat_minor: odd(5), metadata: odd({}), cells: odd([cell(), cell()]) });
}

/** A socket that sends a few frames, whole, cut, with bytes turned over, or made up; no frame runs anything. */
async function sendFrames(random: Random): Promise<void> {
  const url = `ws://127.0.0.1:${lab.port}/api/kernels/${kernelId}/channels?session_id=fuzz${below(random, 3)}&token=${lab.token}`;
  const socket = new WebSocket(url, random() < 0.5 ? [V1] : []);
  await new Promise((resolve) => socket.once("open", resolve).once("error", resolve));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined);
  for (let count = below(random, 4); count >= 0; count -= 1) {
    const frame = mutated(random, random() < 0.7 ? request(random) : bytes(random, below(random, 200)));
    if (random() < 0.1) writeRaw(socket, bytes(random, 1 + below(random, 20)));
    else if (socket.readyState === WebSocket.OPEN) socket.send(frame, { binary: random() < 0.7 });
  }
  if (random() < 0.5) socket.close();
  else setImmediate(() => socket.terminate());
  await closed;
}

/** Below WebSocket: bytes that are no frames. */
function writeRaw(socket: WebSocket, data: Buffer): void {
  (socket as unknown as { readonly _socket?: { write(data: Buffer): void } })._socket?.write(data);
}

function request(random: Random): Buffer {
  const msg_type = pick(random, [
    "kernel_info_request",
    "comm_info_request",
    "history_request",
    "is_complete_request",
    "x",
  ]);
  const header = { msg_id: String(random()), msg_type, session: "fuzz", username: "", date: "", version: "5.4" };
  const channel = pick(random, ["shell", "control", "stdin", "iopub", "hb", ""]);
  const parts = [header, {}, {}, { code: "1" }].map((part) => Buffer.from(JSON.stringify(part)));
  return toV1({ channel, parts, buffers: random() < 0.3 ? [bytes(random, 10)] : [] });
}

function mutated(random: Random, frame: Buffer): Buffer {
  if (random() < 0.3) return frame.subarray(0, below(random, frame.length + 1));
  for (let count = below(random, 4); count > 0 && frame.length > 0; count -= 1) {
    frame[below(random, Math.min(frame.length, 120))] = below(random, 256);
  }
  return frame;
}

/** All that is around the served folder, but not what the server keeps for itself: name, kind and content. */
async function outside(folder: string, top = folder): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    if (folder === top && ["root", "state", "runtime"].includes(name)) continue;
    const state = await lstat(path);
    if (state.isDirectory()) Object.assign(found, await outside(path, top));
    const content = state.isSymbolicLink() ? await readlink(path) : state.isFile() ? await readFile(path) : "";
    found[relative(top, path)] = `${state.mode} ${createHash("sha256").update(content).digest("hex")}`;
  }
  return found;
}

function bytes(random: Random, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => below(random, 256)));
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)] as T;
}

/** A small generator with a seed (Tommy Ettinger's mulberry32, public domain). */
function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
