/** A process that runs one program: `serve.js step base` prints the operations of its products, then `[seconds, peak MB]` for each line on stdin. */

import { createInterface } from "node:readline";
import { useDevice } from "../../lib/engine/index.js";
import { bareGemm, countGemmFlops } from "./bareGemm.js";
import { createSetting, EPOCHS, PROGRAMS, type Program } from "./programs.js";
import { SIZES } from "./sizes.js";

const [name = "", sizeName = "", flops] = process.argv.slice(2);
const size = SIZES[sizeName];
if (size === undefined) throw new Error(`The size must be one of ${Object.keys(SIZES).join(", ")}; got "${sizeName}".`);
await useDevice();
const program: Program =
  name === "gemm" ? bareGemm(size, Number(flops)) : PROGRAMS[name as keyof typeof PROGRAMS](createSetting(size));
console.log(JSON.stringify(await countGemmFlops(program)));
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  await program();
  const seconds = (performance.now() - start) / 1000 / (name === "epoch" ? EPOCHS : 1);
  console.log(JSON.stringify([seconds, process.resourceUsage().maxRSS / 1024]));
}
