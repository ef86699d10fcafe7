import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAtomically } from "../../../kernel/lab/atomicFile.js";
import { type Lab, startLab } from "./labClient.js";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.end());

const file = (content: string) => ({ type: "file", format: "text", content });
const on = (...names: string[]): string => join(lab.root, ...names);

describe("reading", () => {
  it("lists files, notebooks and folders without content, and nothing hidden", async () => {
    await mkdir(on("listed/inner"), { recursive: true });
    await writeFile(on("listed/a.txt"), "a");
    await writeFile(on("listed/.secret"), "s");
    await writeFile(on("listed/n.ipynb"), "{}");
    const { json } = await lab.call("GET", "/api/contents/listed?content=1");
    expect(json).toMatchObject({ name: "listed", path: "listed", type: "directory", format: "json", mimetype: null });
    const entries = json.content.map(({ name, path, type, content }: Record<string, unknown>) => [
      name,
      path,
      type,
      content,
    ]);
    expect(entries.sort()).toEqual([
      ["a.txt", "listed/a.txt", "file", null],
      ["inner", "listed/inner", "directory", null],
      ["n.ipynb", "listed/n.ipynb", "notebook", null],
    ]);
  });

  it("gives UTF-8 as text, other bytes as base64, and refuses to call those text", async () => {
    await writeFile(on("t.txt"), "grün\r\n");
    await writeFile(on("b.bin"), Buffer.from([0xff, 0xfe, 0]));
    expect((await lab.call("GET", "/api/contents/t.txt")).json).toMatchObject({
      content: "grün\r\n",
      format: "text",
      mimetype: "text/plain",
      size: 7,
      writable: true,
    });
    expect((await lab.call("GET", "/api/contents/b.bin")).json).toMatchObject({ content: "//4A", format: "base64" });
    expect((await lab.call("GET", "/api/contents/b.bin?format=text")).status).toBe(400);
    expect((await lab.call("GET", "/api/contents/t.txt?type=directory")).status).toBe(400);
    expect((await lab.call("GET", "/api/contents/none.txt")).status).toBe(404);
  });

  it("reads names with spaces, percent signs, umlauts and emoji", async () => {
    const name = "a b%20ü 😀#?.txt";
    await lab.call("PUT", `/api/contents/${encodeURIComponent(name)}`, file("x"));
    expect(await readFile(on(name), "utf8")).toBe("x");
    expect((await lab.call("GET", `/api/contents/${encodeURIComponent(name)}`)).json.name).toBe(name);
  });

  it("shows by hash and time that a file was changed by somebody else", async () => {
    const saved = (await lab.call("PUT", "/api/contents/shared.txt", file("mine"))).json;
    await writeFile(on("shared.txt"), "theirs");
    const now = (await lab.call("GET", "/api/contents/shared.txt?content=0&hash=1")).json;
    expect(now.content).toBeNull();
    expect(now.hash).toBe(createHash("sha256").update("theirs").digest("hex"));
    expect(now.hash).not.toBe(saved.hash);
    expect(Date.parse(now.last_modified)).toBeGreaterThanOrEqual(Date.parse(saved.last_modified));
  });

  it("downloads under the file's name", async () => {
    await writeFile(on("ö.csv"), "1,2\n");
    const { headers, text } = await lab.call("GET", `/files/${encodeURIComponent("ö.csv")}?download=1`);
    expect(text).toBe("1,2\n");
    expect(headers["content-disposition"]).toBe("attachment; filename*=UTF-8''%C3%B6.csv");
  });
});

describe("writing", () => {
  it("makes and replaces files, keeping their mode and leaving nothing beside them", async () => {
    await mkdir(on("w"));
    expect((await lab.call("PUT", "/api/contents/w/f.txt", file("1"))).status).toBe(201);
    await chmod(on("w/f.txt"), 0o640);
    const { status, json } = await lab.call("PUT", "/api/contents/w/f.txt", { ...file("AgM="), format: "base64" });
    expect([status, json.size, json.content]).toEqual([200, 2, null]);
    expect(await readFile(on("w/f.txt"))).toEqual(Buffer.from([2, 3]));
    expect((await stat(on("w/f.txt"))).mode & 0o777).toBe(0o640);
    expect(await readdir(on("w"))).toEqual(["f.txt"]);
  });

  it("writes through a link that stays inside", async () => {
    await writeFile(on("target.txt"), "old");
    await symlink("target.txt", on("link.txt"));
    await lab.call("PUT", "/api/contents/link.txt", file("new"));
    expect(await readFile(on("target.txt"), "utf8")).toBe("new");
  });

  it("refuses to replace a read-only file, which stays as it is", async () => {
    await writeFile(on("ro.txt"), "old", { mode: 0o444 });
    const { status, json } = await lab.call("PUT", "/api/contents/ro.txt", file("new"));
    expect([status, json.message]).toEqual([403, "ro.txt is read-only"]);
    expect(await readFile(on("ro.txt"), "utf8")).toBe("old");
    expect((await lab.call("GET", "/api/contents/ro.txt?content=0")).json.writable).toBe(false);
  });

  it("leaves the old file and nothing else when the disk is full, and says so", async () => {
    await mkdir(on("full"));
    await writeFile(on("full/f.txt"), "old");
    const { open } = await import("node:fs/promises");
    const openFile = async (path: string, flags: string, mode: number) => {
      const real = await open(path, flags, mode);
      const writeHalf = async (): Promise<void> => {
        await real.writeFile("ne");
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      };
      return { writeFile: writeHalf, sync: () => real.sync(), close: () => real.close() };
    };
    await expect(writeAtomically(on("full/f.txt"), "new", { openFile })).rejects.toMatchObject({
      status: 507,
      message: "the disk is full: f.txt was not written; the old file is as it was",
    });
    expect(await readdir(on("full"))).toEqual(["f.txt"]);
    expect(await readFile(on("full/f.txt"), "utf8")).toBe("old");
  });

  it("puts an upload in place with its last piece, and not before", async () => {
    await mkdir(on("up"));
    await writeFile(on("up/big.bin"), "old");
    const piece = (chunk: number, text: string) =>
      lab.call("PUT", "/api/contents/up/big.bin", {
        ...{ type: "file", format: "base64", chunk },
        content: Buffer.from(text).toString("base64"),
      });
    expect((await piece(1, "ab")).status).toBe(200);
    expect((await piece(2, "cd")).json).toMatchObject({ name: "big.bin", path: "up/big.bin", type: "file" });
    expect(await readFile(on("up/big.bin"), "utf8")).toBe("old");
    expect((await piece(-1, "e")).json.size).toBe(5);
    expect(await readFile(on("up/big.bin"), "utf8")).toBe("abcde");
    expect((await piece(2, "x")).status).toBe(400);
    expect(await readdir(on("up"))).toEqual(["big.bin"]);
  });

  it.each([
    ["an unknown type", { type: "socket", content: "" }],
    ["an unknown format", { type: "file", format: "hex", content: "" }],
    ["content that is no text", { type: "file", format: "text", content: 7 }],
    ["a chunk that is no number", { type: "file", format: "text", content: "", chunk: "1" }],
  ])("refuses %s and makes no file", async (_name, body) => {
    expect((await lab.call("PUT", "/api/contents/odd.txt", body)).status).toBe(400);
    expect((await lab.call("GET", "/api/contents/odd.txt")).status).toBe(404);
  });
});

describe("making, copying, renaming, deleting", () => {
  it("finds free names for new notebooks, folders and files", async () => {
    await mkdir(on("new"));
    const make = async (body: object) => (await lab.call("POST", "/api/contents/new", body)).json.path;
    expect(await make({ type: "notebook" })).toBe("new/Untitled.ipynb");
    expect(await make({ type: "notebook" })).toBe("new/Untitled1.ipynb");
    expect(await make({ type: "directory" })).toBe("new/Untitled Folder");
    expect(await make({ type: "directory" })).toBe("new/Untitled Folder 1");
    expect(await make({ type: "file", ext: ".txt" })).toBe("new/untitled.txt");
    expect(await make({ type: "file", ext: ".txt" })).toBe("new/untitled1.txt");
    const { json } = await lab.call("GET", "/api/contents/new/Untitled.ipynb");
    expect(json.content).toEqual({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 });
    expect((await lab.call("POST", "/api/contents/new", { type: "file", ext: "/../../x" })).status).toBe(400);
  });

  it("copies files, counting the copies", async () => {
    await mkdir(on("copies"));
    await writeFile(on("c.txt"), "c");
    const copy = async (folder: string) =>
      (await lab.call("POST", `/api/contents/${folder}`, { copy_from: "c.txt" })).json;
    expect((await copy("")).path).toBe("c-Copy1.txt");
    expect((await copy("")).path).toBe("c-Copy2.txt");
    expect((await copy("copies")).path).toBe("copies/c.txt");
    expect((await copy("copies")).path).toBe("copies/c-Copy1.txt");
    expect((await lab.call("POST", "/api/contents", { copy_from: "copies" })).status).toBe(400);
  });

  it("renames with the checkpoint, and never over something else", async () => {
    await writeFile(on("r1.txt"), "1");
    await writeFile(on("r2.txt"), "2");
    await lab.call("POST", "/api/contents/r1.txt/checkpoints");
    expect((await lab.call("PATCH", "/api/contents/r1.txt", { path: "r2.txt" })).status).toBe(409);
    expect(await readFile(on("r2.txt"), "utf8")).toBe("2");
    expect((await lab.call("PATCH", "/api/contents/r1.txt", { path: "r3.txt" })).json.path).toBe("r3.txt");
    expect((await lab.call("GET", "/api/contents/r3.txt/checkpoints")).json).toHaveLength(1);
    expect((await lab.call("GET", "/api/contents/r1.txt")).status).toBe(404);
  });

  it("deletes files and empty folders, and no folder with something in it", async () => {
    await mkdir(on("d"));
    await writeFile(on("d/f.txt"), "");
    await lab.call("POST", "/api/contents/d/f.txt/checkpoints");
    expect((await lab.call("DELETE", "/api/contents/d")).json.message).toMatch(/the folder d is not empty/);
    expect((await lab.call("DELETE", "/api/contents/d/f.txt")).status).toBe(204);
    expect((await lab.call("DELETE", "/api/contents/d")).status).toBe(204);
    expect((await lab.call("GET", "/api/contents/d")).status).toBe(404);
    expect((await lab.call("DELETE", "/api/contents/")).status).toBe(400);
  });

  it("goes back to a checkpoint", async () => {
    await lab.call("PUT", "/api/contents/cp.txt", file("one"));
    const [none, made] = [
      await lab.call("GET", "/api/contents/cp.txt/checkpoints"),
      await lab.call("POST", "/api/contents/cp.txt/checkpoints"),
    ];
    expect([none.json, made.status]).toEqual([[], 201]);
    await lab.call("PUT", "/api/contents/cp.txt", file("two"));
    expect((await lab.call("POST", `/api/contents/cp.txt/checkpoints/${made.json.id}`)).status).toBe(204);
    expect(await readFile(on("cp.txt"), "utf8")).toBe("one");
    expect((await lab.call("DELETE", `/api/contents/cp.txt/checkpoints/${made.json.id}`)).status).toBe(204);
    expect((await lab.call("POST", `/api/contents/cp.txt/checkpoints/${made.json.id}`)).status).toBe(404);
  });
});

describe("notebooks", () => {
  const html = {
    output_type: "display_data",
    metadata: {},
    data: { "text/html": "<script>1</script>", "image/png": "QQ==" },
  };
  const cell = (trusted: boolean, mark = "") => ({
    ...{ cell_type: "code", id: "a", execution_count: 1, source: `let a = 1;\na${mark}` },
    metadata: { trusted, mine: 1 },
    outputs: [html, { output_type: "stream", name: "stdout", text: "x\ny\n" }],
  });
  const notebook = (trusted: boolean, mark: string) => ({
    type: "notebook",
    format: "json",
    content: { cells: [cell(trusted, mark)], metadata: {}, nbformat: 4, nbformat_minor: 5, unknown: { kept: true } },
  });

  it("stands on disk as Jupyter writes it, with fields that we do not know", async () => {
    await lab.call("PUT", "/api/contents/disk.ipynb", notebook(true, ""));
    const text = await readFile(on("disk.ipynb"), "utf8");
    const { cells, unknown } = JSON.parse(text);
    expect(cells[0]).toMatchObject({ metadata: { mine: 1 }, source: ["let a = 1;\n", "a"] });
    expect(cells[0].metadata).not.toHaveProperty("trusted");
    expect(cells[0].outputs[0].data).toEqual({ "text/html": ["<script>1</script>"], "image/png": "QQ==" });
    expect(cells[0].outputs[1].text).toEqual(["x\n", "y\n"]);
    expect(unknown).toEqual({ kept: true });
    expect(text.startsWith('{\n "cells": [\n')).toBe(true);
    const { json } = await lab.call("GET", "/api/contents/disk.ipynb");
    expect(json.content.cells[0].source).toBe("let a = 1;\na");
    expect(json.content.cells[0].outputs[1].text).toBe("x\ny\n");
  });

  it("keeps notebook 01 to the last byte", async () => {
    const text = await readFile("notebooks/01-search.ipynb", "utf8");
    await writeFile(on("nb01.ipynb"), text);
    const { content } = (await lab.call("GET", "/api/contents/nb01.ipynb")).json;
    await lab.call("PUT", "/api/contents/nb01.ipynb", { type: "notebook", format: "json", content });
    expect(await readFile(on("nb01.ipynb"), "utf8")).toBe(text);
  });

  it("is trusted when it was saved so here, and no longer when its outputs were changed elsewhere", async () => {
    const trust = async (): Promise<boolean> =>
      (await lab.call("GET", "/api/contents/trust.ipynb")).json.content.cells[0].metadata.trusted;
    await lab.call("PUT", "/api/contents/trust.ipynb", notebook(false, "t"));
    expect(await trust()).toBe(false);
    await lab.call("PUT", "/api/contents/trust.ipynb", notebook(true, "t"));
    expect(await trust()).toBe(true);
    const text = await readFile(on("trust.ipynb"), "utf8");
    await writeFile(on("trust.ipynb"), text.replace("<script>1", "<script>2"));
    expect(await trust()).toBe(false);
  });

  it("trusts pictures and text, which cannot run", async () => {
    const plain = {
      ...cell(false),
      outputs: [{ output_type: "display_data", metadata: {}, data: { "image/png": "QQ==" } }],
    };
    const content = { cells: [plain], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    await writeFile(on("plain.ipynb"), JSON.stringify(content));
    const { json } = await lab.call("GET", "/api/contents/plain.ipynb");
    expect(json.content.cells[0].metadata.trusted).toBe(true);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["format 3", '{"nbformat":3,"worksheets":[]}'],
    ["cells that are a number", '{"nbformat":4,"cells":7}'],
    ["a cell that is null", '{"nbformat":4,"cells":[null]}'],
    ["outputs that are text", '{"nbformat":4,"cells":[{"outputs":"x"}]}'],
    ["an output that is null", '{"nbformat":4,"cells":[{"outputs":[null]}]}'],
    ["metadata that is a list", '{"nbformat":4,"cells":[{"metadata":[]}]}'],
  ])("with %s is refused with the reason, and can be opened as text", async (_name, text) => {
    await writeFile(on("bad.ipynb"), text);
    const { status, json } = await lab.call("GET", "/api/contents/bad.ipynb");
    expect([status, json.message]).toEqual([400, expect.stringMatching(/not (JSON|a notebook)|format 4/)]);
    expect((await lab.call("GET", "/api/contents/bad.ipynb?type=file")).json.content).toBe(text);
    if (text !== "{") {
      const sent = { type: "notebook", format: "json", content: JSON.parse(text) };
      expect((await lab.call("PUT", "/api/contents/bad.ipynb", sent)).status).toBe(400);
      expect(await readFile(on("bad.ipynb"), "utf8")).toBe(text);
    }
  });

  it("may be nested without end or name __proto__, and harms nothing", async () => {
    const deep = `{"nbformat":4,"cells":[],"metadata":{"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`;
    await writeFile(on("deep.ipynb"), deep);
    expect((await lab.call("GET", "/api/contents/deep.ipynb")).status).toBeGreaterThanOrEqual(200);
    const proto = '{"cells":[],"metadata":{"__proto__":{"polluted":1}},"nbformat":4,"nbformat_minor":5}';
    await writeFile(on("proto.ipynb"), proto);
    expect((await lab.call("GET", "/api/contents/proto.ipynb")).text).toContain('"__proto__":{"polluted":1}');
    expect((await lab.call("GET", "/api/status")).status).toBe(200);
    expect({}).not.toHaveProperty("polluted");
  });
});
