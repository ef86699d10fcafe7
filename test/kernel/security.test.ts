import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { curveKeyPair, Dealer } from "zeromq";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import { endpoint } from "../../kernel/wire/connection.js";
import { createHeader, MessageCodec } from "../../kernel/wire/message.js";
import { itOnLinux } from "../itOnLinux.js";
import { temporaryFolder } from "../temporaryFolder.js";
import { run, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

/** A connection file's content, with ports that the system chooses. */
const usable = { shell_port: 0, iopub_port: 0, stdin_port: 0, control_port: 0, hb_port: 0, key: "k" };

/** Whatever comes on the socket within the time; null when nothing does. */
async function receive(socket: Dealer, timeoutMs: number): Promise<Buffer[] | null> {
  socket.receiveTimeout = timeoutMs;
  return socket.receive().catch(() => null);
}

describe("over tcp", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await startBuiltKernel();
    await run(kernel, "1");
  }, START_TIMEOUT_MS);
  afterAll(() => kernel.shutdown());

  itOnLinux("listens on the connection file's five ports of its address, and on nothing else", async () => {
    const { ip, shell_port, iopub_port, stdin_port, control_port, hb_port } = kernel.connection;
    const expected = [shell_port, iopub_port, stdin_port, control_port, hb_port].map((port) => `${ip}:${port}`);
    expect((await listening(await family(kernel.pid))).sort()).toEqual(expected.sort());
  });

  it("drops a message that is signed with another key, unsigned, or played again", async () => {
    const { connection } = kernel;
    const socket = new Dealer({ linger: 0 });
    socket.connect(endpoint(connection, "control"));
    const frames = (key: string) =>
      new MessageCodec(key).encode({
        identities: [],
        header: createHeader("kernel_info_request", randomUUID()),
        parent: {},
        metadata: {},
        content: {},
        buffers: [],
      });
    const good = frames(connection.key);
    for (const bad of [frames("another key"), frames("")]) await socket.send(bad);
    await socket.send(good);
    await socket.send(good);
    expect(new MessageCodec(connection.key).decode((await receive(socket, 10_000)) ?? []).parent.msg_id).toBe(
      JSON.parse(String(good[2])).msg_id,
    );
    expect(await receive(socket, 300)).toBeNull();
    socket.close();
  });
});

it(
  "speaks over ipc, and removes its files",
  async () => {
    const folder = temporaryFolder("sptlab-ipc-");
    const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };
    const kernel = await startBuiltKernel({ connection: { transport: "ipc", ip: join(folder, "k"), ...ports } });
    expect((await run(kernel, "6 * 7")).result).toBe("42");
    expect(await kernel.heartbeat(5_000)).toBeGreaterThan(0);
    expect(await listening(await family(kernel.pid))).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(["k-1", "k-2", "k-3", "k-4", "k-5"]);
    await kernel.shutdown();
    expect(await readdir(folder)).toEqual([]);
  },
  START_TIMEOUT_MS,
);

it(
  "encrypts with curve keys, and does not answer who has none",
  async () => {
    const { publicKey, secretKey } = curveKeyPair();
    const kernel = await startBuiltKernel({ connection: { curve_publickey: publicKey, curve_secretkey: secretKey } });
    expect((await run(kernel, "6 * 7")).result).toBe("42");
    expect(await kernel.heartbeat(5_000)).toBeGreaterThan(0);
    const plain = new Dealer({ linger: 0 });
    plain.connect(endpoint(kernel.connection, "hb"));
    await plain.send(["", "ping"]);
    expect(await receive(plain, 500)).toBeNull();
    plain.close();
    await kernel.shutdown();
  },
  START_TIMEOUT_MS,
);

it(
  "signs with another digest when the connection file says so",
  async () => {
    const kernel = await startBuiltKernel({ connection: { signature_scheme: "hmac-sha3_256" } });
    expect((await run(kernel, "6 * 7")).result).toBe("42");
    await kernel.shutdown();
  },
  START_TIMEOUT_MS,
);

describe("a connection that cannot be used ends the kernel with status 1 and says why", () => {
  it.each([
    ["an unknown digest", { signature_scheme: "hmac-none" }, /signature_scheme must be hmac-.*got "hmac-none"/],
    ["half of the curve keys", { curve_publickey: "x".repeat(40) }, /needs both curve_publickey and curve_secretkey/],
    ["no ports", { shell_port: "x" }, /expected a Jupyter connection file at/],
  ])("%s", async (_name, change, message) => {
    expect(await startAndFail({ ...usable, ...change })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(message),
    });
  });

  it("a port that is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const failed = await startAndFail({ ...usable, hb_port: port });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      new RegExp(`the hb socket cannot be bound to tcp://127.0.0.1:${port}: .*other ports`),
    );
    server.close();
  });
});

it("warns when others can read the connection file", async () => {
  const { stderr } = await startAndFail({ ...usable, signature_scheme: "hmac-none" }, 0o644);
  expect(stderr).toMatch(/can be read by others; make it private with chmod 600/);
});

/** How a kernel ends that is started with this connection file. */
async function startAndFail(connection: object, mode = 0o600): Promise<{ code: unknown; stderr: string }> {
  const file = join(temporaryFolder("sptlab-connection-"), "connection.json");
  await writeFile(file, JSON.stringify(connection), { mode });
  const env = { ...process.env, SPTLAB_HISTORY: "off" };
  return new Promise((resolve) => {
    execFile(process.execPath, ["dist/kernel/cli.js", "kernel", file], { env }, (error, _stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}

/** A process and all that it started. */
async function family(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const children = text
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
  return [pid, ...(await Promise.all(children.map(family))).flat()];
}

/** The TCP addresses on which processes listen. */
async function listening(pids: readonly number[]): Promise<string[]> {
  const inodes = new Set<string>();
  for (const pid of pids) {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      inodes.add(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? "");
    }
  }
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  return tables.flatMap((table) =>
    table
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
        if (state !== "0A" || !inodes.has(inode)) return [];
        const [address = "", port = ""] = local.split(":");
        const bytes = Buffer.from(address, "hex").reverse();
        return [`${[...bytes].join(".")}:${Number.parseInt(port, 16)}`];
      }),
  );
}
