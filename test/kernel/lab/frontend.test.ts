/** The front end is found, built or missed; the packages here are small stand-ins for `kernel/lab-ui`. */

import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureFrontend } from "../../../kernel/lab/frontend.js";

const BUILD = `import { mkdirSync, writeFileSync } from "node:fs";
mkdirSync(process.argv[2]);
writeFileSync(process.argv[2] + "/manifest.json", "built");`;

let packageFolder = "";
beforeEach(async () => {
  packageFolder = await mkdtemp(join(tmpdir(), "sptlab-frontend-"));
});
afterEach(() => rm(packageFolder, { recursive: true, force: true }));

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(join(packageFolder, path, ".."), { recursive: true });
  await writeFile(join(packageFolder, path), text);
};
const writeSources = async (dependencies: Record<string, string> = {}): Promise<void> => {
  const root = { name: "stand-in", version: "1.0.0", dependencies };
  const packages = Object.fromEntries(
    Object.keys(dependencies).map((name) => [`node_modules/${name}`, { version: "1.0.0" }]),
  );
  await write("kernel/lab-ui/package.json", JSON.stringify({ ...root, type: "module" }));
  await write(
    "kernel/lab-ui/package-lock.json",
    JSON.stringify({ ...root, lockfileVersion: 3, packages: { "": root, ...packages } }),
  );
  await write("kernel/lab-ui/build.js", BUILD);
};
const manifest = () => readFile(join(packageFolder, "dist/lab-ui/manifest.json"), "utf8");

it("takes the front end of a published package as it is, and misses one that is not there", async () => {
  await expect(ensureFrontend({ packageFolder })).rejects.toThrow(/Install the package again/);
  await write("dist/lab-ui/manifest.json", "published");
  expect(await ensureFrontend({ packageFolder })).toBe(join(packageFolder, "dist", "lab-ui"));
  expect(await manifest()).toBe("published");
});

it("builds from the sources when the built one is missing or older, and says so", async () => {
  await writeSources();
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  await ensureFrontend({ packageFolder, print });
  expect(await manifest()).toBe("built");
  expect(lines).toHaveLength(2);
  await ensureFrontend({ packageFolder, print });
  expect(lines).toHaveLength(2);
  await utimes(join(packageFolder, "dist/lab-ui/manifest.json"), 1, 1);
  await ensureFrontend({ packageFolder, print });
  expect(lines).toHaveLength(4);
});

it("lets two builds at once come to their end, and removes what an interrupted one left", async () => {
  await writeSources();
  await write("dist/lab-ui-build-999999999-abc/half", "");
  const folders = await Promise.all([ensureFrontend({ packageFolder }), ensureFrontend({ packageFolder })]);
  expect(new Set(folders).size).toBe(1);
  expect(await manifest()).toBe("built");
  expect(await readdir(join(packageFolder, "dist"))).toEqual(["lab-ui"]);
});

it("says that the registry is needed when it cannot be reached", async () => {
  await writeSources({ "sptlab-stand-in": "1.0.0" });
  await write("kernel/lab-ui/.npmrc", `registry=http://127.0.0.1:1/\ncache=${join(packageFolder, "cache")}\n`);
  const failure = await ensureFrontend({ packageFolder }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "FrontendError", isOffline: true });
  expect(String(failure)).toContain("The npm registry is needed once");
});
