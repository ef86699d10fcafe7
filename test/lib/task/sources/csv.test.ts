import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCsv } from "../../../../lib/task/sources/csv.js";
import { DataFolder } from "../dataFolder.js";

let folder: DataFolder;
beforeEach(async () => {
  folder = await DataFolder.create();
});
afterEach(() => folder.remove());

async function read(content: string | Buffer, name = "x.csv", wanted = {}) {
  await folder.write(name, Buffer.from(content));
  return (await readCsv(`${folder.path}/${name}`, wanted)).rows;
}

describe("a CSV table", () => {
  it("has quoted cells with commas, quotation marks and line breaks, and lines that count them", async () => {
    const rows = await read('text,label\r\nplain,a\r\n"one, ""two""\nthree",b\r\n\r\nlast,a');
    expect(rows).toEqual([
      { text: "plain", label: "a", line: 2 },
      { text: 'one, "two" three', label: "b", line: 3 },
      { text: "last", label: "a", line: 6 },
    ]);
  });

  it("may have semicolons or tabs, a byte order mark, other columns, and pairs", async () => {
    expect(await read("\ufeffid;Label;Text\n1;x;a, b\n")).toEqual([{ text: "a, b", label: "x", line: 2 }]);
    expect(await read('a\tb\tlabel\n"one\ttwo\t0\n'.replace('"one', '"one"'), "x.tsv")).toEqual([
      { text: "one", pair: "two", label: "0", line: 2 },
    ]);
    expect(await read("premise,hypothesis,label\np,h,yes\n")).toMatchObject([{ text: "p", pair: "h" }]);
  });

  it("takes the columns that the caller names", async () => {
    const text = "text,review,stars,label\nno,yes,5,no\n";
    expect(await read(text, "x.csv", { text: "review", label: "stars" })).toEqual([
      { text: "yes", label: "5", line: 2 },
    ]);
    await expect(read(text, "x.csv", { text: "body" })).rejects.toThrow(
      /x\.csv:1: expected columns "body"; got "text"/,
    );
  });

  it.each([
    ["columns that it cannot tell", "words,kind\na,b\n", /x\.csv:1: expected columns "text".* got "words", "kind"/],
    [
      "a row with too many cells",
      "text,label\na,b\nc, d,e\n",
      /x\.csv:3: expected 2 cells.* got 3\. Put texts .* quot/,
    ],
    ["a quotation mark that stays open", 'text,label\na,b\n"c,d\ne,f\n', /x\.csv:3: expected a closing quotation mark/],
    [
      "text after a quoted cell",
      'text,label\n"a" b,c\n',
      /x\.csv:2: expected "," after a closing quotation mark; got " "/,
    ],
    ["nothing", "", /x\.csv:1: expected columns .* got none/],
  ])("refuses %s", async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe("the encoding of a text file", () => {
  it("must be UTF-8; a message names the first line that is not", async () => {
    const latin = Buffer.concat([Buffer.from("text,label\né,a\n"), Buffer.from("caf\xe9,b\n", "latin1")]);
    await expect(read(latin)).rejects.toThrow(/x\.csv:3: expected UTF-8; got the byte 0xE9\. .* iconv -f WINDOWS-1252/);
  });

  it("is told apart from UTF-16, with and without a byte order mark", async () => {
    const utf16 = Buffer.from("text,label\na,b\n", "utf16le");
    await expect(read(Buffer.concat([Buffer.of(0xff, 0xfe), utf16]))).rejects.toThrow(
      /:1: .*UTF-16\. .* iconv -f UTF-16/,
    );
    await expect(read(utf16)).rejects.toThrow(/x\.csv:1: expected text; got a zero byte/);
  });
});
