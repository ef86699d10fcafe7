import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type Lab, Page, startLab, textOf } from "./labClient.js";

const TIMEOUT_MS = 120_000;

let lab: Lab;
let deaths: string[];
beforeAll(async () => {
  deaths = [];
  lab = await startLab({ log: (text) => deaths.push(text) });
  await mkdir(join(lab.root, "sub"));
});
afterAll(() => lab.end());

async function startSession(path: string, kernel: object = {}): Promise<{ id: string; kernelId: string }> {
  const { status, json } = await lab.call("POST", "/api/sessions", { path, type: "notebook", name: "", kernel });
  expect([status, json]).toEqual([201, expect.objectContaining({ path, type: "notebook" })]);
  return { id: json.id, kernelId: json.kernel.id };
}

/** Resolves when the kernel's state is this one. */
async function untilState(kernelId: string, state: string): Promise<void> {
  for (;;) {
    if ((await lab.call("GET", `/api/kernels/${kernelId}`)).json.execution_state === state) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function addKernelspec(name: string, spec: object): Promise<void> {
  const folder = join(lab.around, "jupyter/kernels", name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "kernel.json"), JSON.stringify({ display_name: name, language: "none", ...spec }));
}

describe("kernelspecs", () => {
  it("ours is there without an installation, is the default, and has plotly.js", async () => {
    const { json } = await lab.call("GET", "/api/kernelspecs");
    expect(json.default).toBe("sptlab");
    expect(json.kernelspecs.sptlab.spec).toMatchObject({ language: "typescript", metadata: { debugger: true } });
    const { headers } = await lab.call("GET", json.kernelspecs.sptlab.resources["plotly.min"]);
    expect(headers["content-type"]).toMatch(/javascript/);
  });

  it("those of Jupyter's folders are there, found while the server runs; broken ones do not hide the others", async () => {
    await addKernelspec("Other", { argv: ["none"] });
    await addKernelspec("broken-argv", { argv: "none" });
    await mkdir(join(lab.around, "jupyter/kernels/empty"));
    await writeFile(join(lab.around, "jupyter/kernels/Other/logo-64x64.png"), "png");
    const { json } = await lab.call("GET", "/api/kernelspecs");
    expect(Object.keys(json.kernelspecs)).toEqual(["sptlab", "other"]);
    expect((await lab.call("GET", json.kernelspecs.other.resources["logo-64x64"])).text).toBe("png");
    expect((await lab.call("POST", "/api/kernels", { name: "none" })).status).toBe(404);
  });
});

describe("a session of our kernel", () => {
  let session: { id: string; kernelId: string };
  beforeAll(async () => {
    session = await startSession("sub/a.ipynb");
  }, TIMEOUT_MS);
  afterAll(async () => {
    await lab.call("DELETE", `/api/sessions/${session.id}`);
  });

  it(
    "runs in the notebook's folder and streams to a page that connects before the kernel is ready",
    async () => {
      const page = await Page.open(lab, session.kernelId);
      expect(textOf(await page.run("console.log(process.cwd())")).trim()).toBe(join(lab.root, "sub"));
      page.socket.terminate();
    },
    TIMEOUT_MS,
  );

  it("is shared by all who open the same document, and found by its id", async () => {
    expect((await startSession("sub/a.ipynb")).id).toBe(session.id);
    const { json } = await lab.call("GET", `/api/sessions/${session.id}`);
    expect(json).toMatchObject({ notebook: { path: "sub/a.ipynb" }, kernel: { id: session.kernelId, name: "sptlab" } });
    expect((await lab.call("GET", "/api/sessions/none")).status).toBe(404);
  });

  it("follows a document that is renamed", async () => {
    const { json } = await lab.call("PATCH", `/api/sessions/${session.id}`, { path: "sub/b.ipynb", name: "b" });
    expect(json).toMatchObject({ path: "sub/b.ipynb", name: "b", kernel: { id: session.kernelId } });
    await lab.call("PATCH", `/api/sessions/${session.id}`, { path: "sub/a.ipynb" });
  });

  it("sends what the kernel publishes to all pages, and an answer to the page that asked", async () => {
    const [one, two] = [await Page.open(lab, session.kernelId), await Page.open(lab, session.kernelId)];
    const ran = await one.run('console.log("for all")');
    await two.first(({ content }) => content.text === "for all\n");
    expect(ran.filter(({ type }) => type === "execute_reply")).toHaveLength(1);
    await two.run("2");
    expect(
      two.received.filter(({ type, parent }) => type === "execute_reply" && parent.msg_id === ran[0]?.parent.msg_id),
    ).toEqual([]);
    expect((await lab.call("GET", `/api/kernels/${session.kernelId}`)).json.connections).toBe(2);
    one.socket.terminate();
    two.socket.terminate();
  });

  it("tells a page that is loaded anew all of the cell that ran meanwhile, on each of its sockets", async () => {
    const before = await Page.open(lab, session.kernelId);
    const id = before.execute(
      'console.log("early"); await new Promise((r) => setTimeout(r, 300)); console.log("late")',
    );
    await before.first(({ content }) => content.text === "early\n");
    before.socket.terminate();
    await untilState(session.kernelId, "idle");
    for (const name of ["notebook", "console"]) {
      const after = await Page.open(lab, session.kernelId, `${name}-anew`);
      await after.ended(id);
      expect(textOf(after.of(id))).toBe("early\nlate\n");
      expect(after.of(id).filter(({ type }) => type === "execute_input")).toHaveLength(1);
      after.socket.terminate();
    }
  });

  it("tells a page whose connection was cut only what it missed", async () => {
    const before = await Page.open(lab, session.kernelId, "cut");
    const id = before.execute('console.log("one"); await new Promise((r) => setTimeout(r, 300)); console.log("two")');
    await before.first(({ content }) => content.text === "one\n");
    before.socket.terminate();
    const again = await Page.open(lab, session.kernelId, "cut");
    await again.ended(id);
    expect(textOf(again.of(id))).toBe("two\n");
    again.socket.terminate();
  });

  it("asks a page that comes back the question that was not answered", async () => {
    const before = await Page.open(lab, session.kernelId);
    const id = before.execute('console.log(await input("Name?"))', true);
    await before.first(({ type }) => type === "input_request");
    before.socket.terminate();
    await before.closed();
    const after = await Page.open(lab, session.kernelId);
    expect((await after.first(({ type }) => type === "input_request")).content.prompt).toBe("Name?");
    after.send("input_reply", { value: "Ada" }, "stdin");
    await after.ended(id);
    expect(textOf(after.of(id))).toContain("Ada\n");
    after.socket.terminate();
  });

  it("passes binary buffers both ways", async () => {
    const page = await Page.open(lab, session.kernelId);
    await page.run('registerCommTarget("echo", (comm) => { comm.onMsg = (m) => comm.send({}, {}, m.buffers ?? []); })');
    page.send("comm_open", { comm_id: "c1", target_name: "echo", data: {} });
    page.send("comm_msg", { comm_id: "c1", data: {} }, "shell", [Buffer.from([0, 1, 255]), Buffer.alloc(0)]);
    const { buffers } = await page.first(({ type }) => type === "comm_msg");
    expect(buffers).toEqual([Buffer.from([0, 1, 255]), Buffer.alloc(0)]);
    page.socket.terminate();
  });

  it("speaks the older JSON form to clients that offer no subprotocol", async () => {
    const url = `ws://127.0.0.1:${lab.port}/api/kernels/${session.kernelId}/channels?session_id=old&token=${lab.token}`;
    const socket = new WebSocket(url);
    await new Promise((resolve) => socket.once("open", resolve));
    expect(socket.protocol).toBe("");
    const header = {
      msg_id: "k1",
      msg_type: "kernel_info_request",
      session: "old",
      username: "",
      date: "",
      version: "5.3",
    };
    const reply = new Promise<Record<string, unknown>>((resolve) => {
      socket.on("message", (data, isBinary) => {
        if (isBinary) return; // what an earlier test sent with buffers
        const message = JSON.parse(String(data));
        if (message.parent_header.msg_id === "k1" && message.channel === "shell") resolve(message);
      });
    });
    socket.send(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata: {}, content: {} }));
    expect(await reply).toMatchObject({ msg_type: "kernel_info_reply", content: { implementation: "sptlab" } });
    socket.terminate();
  });

  it("closes a page's socket after a malformed frame, and serves the next", async () => {
    for (const frame of [Buffer.alloc(0), Buffer.alloc(7), Buffer.alloc(64, 255), "text"]) {
      const page = await Page.open(lab, session.kernelId);
      page.socket.send(frame);
      expect(await page.closed()).toBe(1007);
    }
    const page = await Page.open(lab, session.kernelId);
    page.send("kernel_info_request", {}, "iopub");
    expect(await page.closed()).toBe(1007);
    const next = await Page.open(lab, session.kernelId);
    expect(textOf(await next.run('console.log("fine")'))).toBe("fine\n");
    next.socket.terminate();
  });

  it("is interrupted with its state kept", async () => {
    const page = await Page.open(lab, session.kernelId);
    await page.run("let kept = 7");
    const id = page.execute('console.log("go"); for (;;);');
    await page.first(({ parent, content }) => parent.msg_id === id && content.text === "go\n");
    await untilState(session.kernelId, "busy");
    expect((await lab.call("POST", `/api/kernels/${session.kernelId}/interrupt`)).status).toBe(204);
    await page.ended(id);
    expect(textOf(await page.run("console.log(kept)"))).toBe("7\n");
    page.socket.terminate();
  });

  it(
    "is restarted for its pages, without its state, and not as if it had died",
    async () => {
      const page = await Page.open(lab, session.kernelId);
      await page.run("let gone = 7");
      const { status, json } = await lab.call("POST", `/api/kernels/${session.kernelId}/restart`);
      expect([status, json.id, json.execution_state]).toEqual([200, session.kernelId, "idle"]);
      expect(page.received.some(({ content }) => content.execution_state === "restarting")).toBe(false);
      expect((await page.run("gone")).find(({ type }) => type === "error")?.content.evalue).toMatch(/gone/);
      page.socket.terminate();
    },
    TIMEOUT_MS,
  );

  it(
    "starts anew by itself when its process is killed, and says so",
    async () => {
      const page = await Page.open(lab, session.kernelId);
      const host = Number(textOf(await page.run("console.log(process.ppid)")));
      page.received.length = 0;
      process.kill(host, "SIGKILL");
      await page.first(({ content }) => content.execution_state === "restarting");
      expect(textOf(await page.run('console.log("again")'))).toBe("again\n");
      expect(deaths.at(-1)).toMatch(/the kernel sptlab \(.*\) ended: SIGKILL/);
      page.socket.terminate();
    },
    TIMEOUT_MS,
  );

  it("ends with its session: its page hears so, its connection file goes", async () => {
    const other = await startSession("other.ipynb");
    const page = await Page.open(lab, other.kernelId);
    const file = join(lab.around, "runtime", `kernel-${other.kernelId}.json`);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ ip: "127.0.0.1", transport: "tcp" });
    const closed = page.closed();
    expect((await lab.call("DELETE", `/api/sessions/${other.id}`)).status).toBe(204);
    expect(await closed).toBe(1000);
    expect(page.received.at(-1)?.content).toEqual({ execution_state: "dead" });
    expect(existsSync(file)).toBe(false);
    expect((await lab.call("GET", `/api/kernels/${other.kernelId}`)).status).toBe(404);
    expect((await lab.call("GET", `/api/sessions/${other.id}`)).status).toBe(404);
  });

  it("changes its kernel, and ends the one before unless another session uses it", async () => {
    const first = await startSession("c1.ipynb");
    const second = await startSession("c2.ipynb", { id: first.kernelId });
    expect(second.kernelId).toBe(first.kernelId);
    const { json } = await lab.call("PATCH", `/api/sessions/${first.id}`, { kernel: { name: "sptlab" } });
    expect(json.kernel.id).not.toBe(first.kernelId);
    expect((await lab.call("GET", `/api/kernels/${first.kernelId}`)).status).toBe(200);
    await lab.call("PATCH", `/api/sessions/${second.id}`, { kernel: { id: json.kernel.id } });
    expect((await lab.call("GET", `/api/kernels/${first.kernelId}`)).status).toBe(404);
    await lab.call("DELETE", `/api/kernels/${json.kernel.id}`);
    expect((await lab.call("GET", "/api/sessions")).json.map(({ path }: { path: string }) => path)).toEqual([
      "sub/a.ipynb",
    ]);
  });
});

describe("a kernel that does not start", () => {
  it.each([
    [
      "ends at once",
      [process.execPath, "-e", "console.error('no licence'); process.exit(3)"],
      /exit code 3: no licence/,
    ],
    ["names no program", ["/nowhere/kernel"], /ENOENT/],
  ])(
    "because it %s is dead after some tries, with the reason in the log",
    async (_name, argv, reason) => {
      await addKernelspec("failing", { argv });
      const { kernelId, id } = await startSession("failing.ipynb", { name: "failing" });
      await untilState(kernelId, "dead");
      expect(deaths.at(-1)).toMatch(reason);
      await lab.call("DELETE", `/api/sessions/${id}`);
    },
    TIMEOUT_MS,
  );
});
