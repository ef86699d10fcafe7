/** The licences of all packages that went into a bundle. */

import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * @param inputs  the files of the bundle, as esbuild lists them
 * @param here    the folder that holds `node_modules`
 * @returns       name, version, licence and its text for each package, in alphabetic order
 */
export async function notices(inputs, here) {
  const folders = inputs.flatMap(
    (path) => /^(?:[\w-]+:)?((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  const texts = await Promise.all([...new Set(folders)].map((folder) => notice(resolve(here, folder))));
  return texts.sort().join(`\n\n${"-".repeat(80)}\n\n`);
}

async function notice(folder) {
  const { name, version, licenses, license, author, repository } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const by = typeof author === "string" ? author : (author?.name ?? repository?.url ?? "");
  const terms = license ?? licenses.map(({ type }) => type).join(" or "); // the plural is npm's older form
  return [`${name} ${version} (${terms})`, ...(texts.length > 0 ? texts : [by])].join("\n\n").trim();
}
