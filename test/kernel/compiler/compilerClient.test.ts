import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { startCompiler } from "../../../kernel/compiler/compilerClient.js";
import { temporaryFolder } from "../../temporaryFolder.js";

/** A thread that keeps declarations as the compiler does, and ends at a compilation of "end". */
const THREAD = `
import { parentPort } from "node:worker_threads";
let declarations = "";
parentPort.on("message", ({ id, method, args }) => {
  if (method === "compile" && args[0] === "end") process.exit(3);
  if (method === "restore") declarations = args[0];
  if (method === "commit") declarations += args[0] + ";";
  parentPort.postMessage({ id, value: declarations });
});`;

async function start(thread: string) {
  const script = join(temporaryFolder("sptlab-thread-"), "thread.mjs");
  await writeFile(script, thread);
  const crashes: string[] = [];
  const onCrash = (error: Error): string => {
    crashes.push(error.message);
    return "report in FILE";
  };
  return { compiler: startCompiler({ onCrash, script: pathToFileURL(script) }), crashes };
}

it("starts a compiler that ended anew, with the session's declarations, and tells who was waiting", async () => {
  const { compiler, crashes } = await start(THREAD);
  await compiler.commit(1, [], "/");
  await compiler.commit(2, [], "/");
  await expect(compiler.compile("end")).rejects.toThrow(/started anew.*run the cell again; report in FILE/);
  expect(crashes).toHaveLength(1);
  expect(await compiler.compile("more")).toBe("1;2;");
  await compiler.restore("");
  await expect(compiler.compile("end")).rejects.toThrow(/started anew/);
  expect(await compiler.compile("more")).toBe("");
});

it("gives up when it does not start at all, and says what to do", async () => {
  const { compiler, crashes } = await start('throw new Error("broken installation");');
  await expect(compiler.compile("1")).rejects.toThrow(/broken installation/);
  await expect.poll(() => crashes.length).toBe(3);
  await expect(compiler.compile("1")).rejects.toThrow(/does not start again.*sptlab doctor/);
});
