import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { itOnLinux } from "../../itOnLinux.js";
import { listeningPorts, processTree } from "./processes.js";
import { conformance } from "./suite.js";

/** Positions in the frames of a message without identities. */
const [SIGNATURE, HEADER, CONTENT] = [1, 2, 5];

/** How a ZeroMQ connection begins; the peer's name and what follows are missing. */
const HALF_A_GREETING = Buffer.from("ff00000000000000017f03004e554c4c", "hex");

conformance("what a stranger sends", {}, (session) => {
  /** Damages a signed cell that would set `hit`, sends it on both channels, and asks a proper cell whether it ran. */
  const dropped = async (damage: (frames: string[]) => string[], complaint: RegExp): Promise<void> => {
    const { kernel } = session;
    await kernel.execute("let hit = false;");
    const logged = (await readFile(kernel.logFile, "utf8")).length;
    const frames = await kernel.call<string[]>("serialize", {
      msg_type: "execute_request",
      content: { code: "hit = true", silent: true },
    });
    for (const channel of ["shell", "control", "stdin"]) {
      await kernel.call("send_frames", { channel, frames: damage([...frames]) });
    }
    expect((await kernel.execute("hit")).text).toBe("false");
    expect((await readFile(kernel.logFile, "utf8")).slice(logged)).toMatch(complaint);
  };
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const replace = (index: number, text: string) => (frames: string[]) =>
    frames.map((frame, at) => (at === index ? base64(text) : frame));

  it("is dropped, and logged, with a signature by another key", () =>
    dropped(replace(SIGNATURE, "0".repeat(64)), /signature/));
  it("is dropped without a signature", () => dropped(replace(SIGNATURE, ""), /signature/));
  it("is dropped when its content was changed", () =>
    dropped(replace(CONTENT, '{"code":"hit = !false","silent":true}'), /signature/));
  it("is dropped when its header was changed", () =>
    dropped(replace(HEADER, '{"msg_type":"execute_request","msg_id":"m"}'), /signature/));
  it("is dropped when half of the frames are missing", () => dropped((frames) => frames.slice(0, 4), /frames/));
  it("is dropped without a delimiter", () => dropped((frames) => frames.slice(1), /IDS/));
  it("is dropped when it is one empty frame, or garbage", () => dropped(() => [base64("")], /frames/));

  it("is dropped when it is a message recorded earlier", async () => {
    const { kernel } = session;
    await kernel.execute("let times = 0;");
    const frames = await kernel.call<string[]>("serialize", {
      msg_type: "execute_request",
      content: { code: "times += 1", silent: true },
    });
    for (let copy = 0; copy < 3; copy++) await kernel.call("send_frames", { channel: "shell", frames });
    expect((await kernel.execute("times")).text).toBe("1");
  });

  it("may hang up in the middle of a frame, on every socket", async () => {
    const { kernel } = session;
    for (const channel of ["shell", "control", "stdin", "iopub", "hb"]) {
      const port = Number(kernel.kernel.connection[`${channel}_port`]);
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.end(HALF_A_GREETING);
      await once(socket.resume(), "close");
    }
    expect((await kernel.execute("1 + 1")).text).toBe("2");
    expect(await kernel.call("heartbeat", { timeout_ms: 1_000 })).toBeLessThan(1_000);
  });

  it("finds the connection file closed to others", async () => {
    expect((await stat(session.kernel.kernel.file)).mode & 0o077).toBe(0);
  });

  itOnLinux("finds no port but the five of the connection file", async () => {
    const { connection, pid } = session.kernel.kernel;
    const ports = ["shell", "iopub", "stdin", "control", "hb"].map((name) => Number(connection[`${name}_port`]));
    await session.kernel.execute("tf.scalar(1)");
    const open = await listeningPorts(await processTree(pid));
    expect(open.sort()).toEqual(ports.sort());
  });
});

conformance("a connection without a key", { key: "" }, (session) => {
  it("carries messages that nobody signed", async () => {
    expect((await session.kernel.execute("1 + 1")).text).toBe("2");
  });
});

const IPC = { transport: "ipc", ip: join(tmpdir(), `sptlab-ipc-${process.pid}`) };

conformance("a connection over ipc", { manager: IPC }, (session) => {
  it("serves sockets in the file system", async () => {
    expect((await session.kernel.execute("1 + 1")).text).toBe("2");
    expect(await session.kernel.call("heartbeat", { timeout_ms: 1_000 })).toBeLessThan(1_000);
  });
});
