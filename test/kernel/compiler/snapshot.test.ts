import { readFile, utimes, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { startCompiler } from "../../../kernel/compiler/compilerClient.js";
import { temporaryFolder } from "../../temporaryFolder.js";

type Snapshots = typeof import("../../../kernel/compiler/snapshot.js");

const SLOW_MS = 120_000;
const onCrash = (error: Error): string => error.message;
const script = pathToFileURL(resolve("dist/kernel/compiler/thread.js"));
let built: Snapshots;
let folder: string;
let blob: string;

/** A snapshot is made of the built compiler. */
beforeAll(async () => {
  const load = (file: string) => import(pathToFileURL(resolve("dist/kernel/compiler", file)).href);
  built = (await load("snapshot.js")) as Snapshots;
  const { loadTypescript } = await load("loadTypescript.js");
  folder = temporaryFolder("sptlab-snapshot-");
  blob = built.makeSnapshot(loadTypescript().ts, folder) ?? "";
}, SLOW_MS);

describe("a snapshot", { timeout: SLOW_MS }, () => {
  it("answers as the thread does, in the folder where it starts", async () => {
    expect(built.findSnapshot(folder)).toBe(blob);
    const compilers = [startCompiler({ onCrash, snapshot: blob }), startCompiler({ onCrash, script })];
    const answers = await Promise.all(
      compilers.map(async (compiler) => {
        const first = await compiler.compile('import { readFileSync } from "node:fs";\nconst n: number = 1;\n"é€😀"');
        if (first.status === "ok") await compiler.commit(first.id, [], process.cwd());
        return [
          first,
          await compiler.compile("n.length"),
          await compiler.complete("n.toF", 5),
          await compiler.inspect("readFileSync", 3),
        ];
      }),
    );
    expect(answers[0]).toMatchObject([{ status: "ok" }, { status: "error" }, { matches: ["toFixed"] }, {}]);
    expect(answers[0]).toEqual(answers[1]);
  });

  it("that Node cannot use gives way to the thread, and nobody who waits notices", async () => {
    const broken = join(folder, "broken.blob");
    await writeFile(broken, (await readFile(blob)).subarray(0, 1_000_000));
    const compiler = startCompiler({ onCrash, snapshot: broken, script });
    expect(await compiler.compile("1 + 1")).toMatchObject({ status: "ok" });
    expect(await compiler.compile("2 + 2")).toMatchObject({ status: "ok" });
  });

  it("is not used when it is cut off, or when what it was made from has changed", async () => {
    const manifest = blob.replace(/\.blob$/, ".json");
    const text = await readFile(manifest, "utf8");
    const input = join(folder, "input.d.ts");
    await writeFile(input, "");
    const { size, mtimeMs } = await import("node:fs").then(({ statSync }) => statSync(input));
    const { sizeBytes, inputs } = JSON.parse(text) as { sizeBytes: number; inputs: Record<string, string> };
    const uses = async (changed: object): Promise<boolean> => {
      await writeFile(manifest, JSON.stringify({ sizeBytes, inputs, ...changed }));
      return built.findSnapshot(folder) === blob;
    };
    expect(await uses({ inputs: { ...inputs, [input]: `${size} ${mtimeMs}` } })).toBe(true);
    await utimes(input, 1, 1);
    expect(await uses({ inputs: { ...inputs, [input]: `${size} ${mtimeMs}` } })).toBe(false);
    expect(await uses({ sizeBytes: sizeBytes + 1 })).toBe(false);
    expect(await uses({})).toBe(true);
  });
});
