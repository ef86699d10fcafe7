import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadCached } from "../../../kernel/compiler/codeCache.js";
import { temporaryFolder } from "../../temporaryFolder.js";

const SOURCE = 'exports.twice = (n) => 2 * n; exports.where = __dirname; exports.sep = require("node:path").sep;\n';

function scriptIn(folder: string): string {
  const path = join(folder, "script.js");
  writeFileSync(path, SOURCE);
  return path;
}

it("loads a CommonJS file as require does, and the next time from the code that was kept", () => {
  const folder = temporaryFolder("sptlab-code-");
  const path = scriptIn(folder);
  const first = loadCached(path, join(folder, "code"));
  expect(first.isCached).toBe(false);
  expect((first.exports as { twice(n: number): number }).twice(21)).toBe(42);
  expect(first.exports).toMatchObject({ where: folder, sep: "/" });
  expect(first.save()).toMatch(/script\.js-v.*\.code$/);
  const second = loadCached(path, join(folder, "code"));
  expect(second.isCached).toBe(true);
  expect((second.exports as { twice(n: number): number }).twice(21)).toBe(42);
});

it("does not use code that is damaged, cut off or of another file", () => {
  const folder = temporaryFolder("sptlab-code-");
  const path = scriptIn(folder);
  const file = loadCached(path, folder).save() ?? "";
  const code = readFileSync(file);
  const damaged = Buffer.from(code);
  damaged.fill(0x5a, damaged.length - 200, damaged.length - 40);
  for (const bytes of [damaged, code.subarray(0, code.length / 2), Buffer.from("nonsense"), Buffer.alloc(0)]) {
    writeFileSync(file, bytes);
    const loaded = loadCached(path, folder);
    expect(loaded.isCached).toBe(false);
    expect((loaded.exports as { twice(n: number): number }).twice(2)).toBe(4);
  }
  writeFileSync(file, code);
  writeFileSync(path, `${SOURCE}exports.more = 1;\n`);
  expect(loadCached(path, folder)).toMatchObject({ isCached: false, exports: { more: 1 } });
});

it("says null when the folder cannot be written to, and leaves nothing half written", () => {
  const folder = temporaryFolder("sptlab-code-");
  const path = scriptIn(folder);
  writeFileSync(join(folder, "file"), "");
  expect(loadCached(path, join(folder, "file")).save()).toBeNull();
  loadCached(path, join(folder, "code")).save();
  expect(readdirSync(join(folder, "code"))).toHaveLength(1);
});
