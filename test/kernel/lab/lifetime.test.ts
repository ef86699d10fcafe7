import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { freeConnection } from "../../../kernel/client/freeConnection.js";
import { type Lab, Page, send, startLab, textOf } from "./labClient.js";

const TIMEOUT_MS = 120_000;

/** A program that serves as `sptlab lab` does, on a front end that needs no building. */
const SERVE = `
import { startLabServer } from ${JSON.stringify(pathToFileURL(join(process.cwd(), "dist/kernel/lab/labServer.js")).href)};
import { stopOnSignals } from ${JSON.stringify(pathToFileURL(join(process.cwd(), "dist/kernel/commands/lab.js")).href)};
const [around] = process.argv.slice(1);
const server = await startLabServer({
  root: around + "/root", frontend: around, port: 0, stateFolder: around + "/state", kernelspecFolders: [around + "/jupyter"],
});
stopOnSignals(server);
console.log(JSON.stringify({ port: server.port, token: server.token }));
await server.closed;
`;

let around: string;
let program: ChildProcess;
let stderr: string;
let server: Pick<Lab, "port" | "token">;
beforeEach(async () => {
  around = await mkdtemp(join(tmpdir(), "sptlab-lab-life-"));
  await mkdir(join(around, "root"));
  const env = { ...process.env, SPTLAB_HISTORY: "off", JUPYTER_RUNTIME_DIR: join(around, "runtime") };
  program = spawn(process.execPath, ["--input-type=module", "-e", SERVE, around], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  stderr = "";
  program.stderr?.on("data", (data) => {
    stderr += data;
  });
  const line = await new Promise((resolve) => program.stdout?.once("data", resolve));
  server = JSON.parse(String(line));
});
afterEach(async () => {
  program.kill("SIGKILL");
  await rm(around, { recursive: true, force: true });
});

const post = async (path: string, body: object) =>
  (await send(server.port, "POST", path, { Authorization: `token ${server.token}` }, JSON.stringify(body))).json;
const exited = (): Promise<number | null> => new Promise((resolve) => program.once("exit", resolve));
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
};

it.skipIf(process.platform === "win32")(
  "no kernel outlives a server that is killed: neither ours nor one that watches nobody, nor what that started",
  async () => {
    const argv = ["/bin/sh", "-c", "sleep 1000 & echo $$ $! > pids; wait"];
    await mkdir(join(around, "jupyter/kernels/stubborn"), { recursive: true });
    const spec = { argv, display_name: "Stubborn", language: "none" };
    await writeFile(join(around, "jupyter/kernels/stubborn/kernel.json"), JSON.stringify(spec));
    await post("/api/kernels", { name: "stubborn" });
    const { id } = await post("/api/kernels", {});
    const page = await Page.open(server as Lab, id);
    const ours = textOf(await page.run("console.log(process.pid, process.ppid)"));
    const pidsFile = join(around, "root/pids");
    await until(async () => (await readFile(pidsFile, "utf8").catch(() => "")).includes("\n"));
    const pids = `${ours} ${await readFile(pidsFile, "utf8")}`.trim().split(/\s+/).map(Number);
    expect(pids).toHaveLength(4);
    expect(pids.every(isAlive)).toBe(true);
    program.kill("SIGKILL");
    await until(() => !pids.some(isAlive));
  },
  TIMEOUT_MS,
);

it.skipIf(process.platform === "win32")(
  "our kernel ends by itself when who started it was gone before it had looked",
  async () => {
    const file = join(around, "connection.json");
    await writeFile(file, JSON.stringify(await freeConnection()), { mode: 0o600 });
    const script = `JPY_PARENT_PID=$$; export JPY_PARENT_PID; '${process.execPath}' dist/kernel/cli.js kernel '${file}' & echo $!`;
    const shell = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    const pid = Number(await new Promise((resolve) => shell.stdout?.once("data", resolve)));
    await until(() => !isAlive(pid));
  },
  TIMEOUT_MS,
);

it(
  "Ctrl-C asks once while kernels run, then ends them and the server",
  async () => {
    const { id } = await post("/api/kernels", {});
    const page = await Page.open(server as Lab, id);
    const pid = Number(textOf(await page.run("console.log(process.ppid)")));
    const exit = exited();
    program.kill("SIGINT");
    await until(() => stderr.includes("A kernel runs. Ctrl-C again within 5 s stops everything."));
    expect(textOf(await page.run('console.log("still there")'))).toBe("still there\n");
    program.kill("SIGINT");
    expect(await exit).toBe(0);
    expect(isAlive(pid)).toBe(false);
  },
  TIMEOUT_MS,
);

it("Ctrl-C without kernels, and a page's wish, end the server at once", async () => {
  const exit = exited();
  program.kill("SIGINT");
  expect(await exit).toBe(0);
  for (const end of [(lab: Lab) => lab.close(), (lab: Lab) => lab.call("POST", "/api/shutdown")]) {
    const lab = await startLab();
    await end(lab);
    await lab.closed;
    await expect(send(lab.port, "GET", "/")).rejects.toThrow(/ECONNREFUSED/);
    await lab.end();
  }
});

it(
  "SIGTERM ends the server and its kernels",
  async () => {
    const { id } = await post("/api/kernels", {});
    const page = await Page.open(server as Lab, id);
    const pid = Number(textOf(await page.run("console.log(process.ppid)")));
    const exit = exited();
    program.kill("SIGTERM");
    expect(await exit).toBe(0);
    expect(isAlive(pid)).toBe(false);
  },
  TIMEOUT_MS,
);

it("two servers take two ports, cookies of two names and kernels of their own", async () => {
  const [one, two] = [await startLab({ port: undefined }), await startLab({ port: undefined })];
  expect(two.port).not.toBe(one.port);
  const cookieOf = async (lab: Lab) =>
    String((await send(lab.port, "GET", `/lab?token=${lab.token}`)).headers["set-cookie"]).split("=")[0];
  expect(await cookieOf(one)).not.toBe(await cookieOf(two));
  expect((await send(two.port, "GET", "/api/status", { Authorization: `token ${one.token}` })).status).toBe(403);
  await expect(startLab({ port: one.port })).rejects.toThrow(
    new RegExp(`port ${one.port} of 127.0.0.1 cannot be used: .*EADDRINUSE.*Choose another by --port`),
  );
  await Promise.all([one.end(), two.end()]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
