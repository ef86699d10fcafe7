import { expect } from "vitest";
import { itOnLinux } from "../../../itOnLinux.js";
import { processTree, residentMb } from "../processes.js";
import { conformance } from "../suite.js";

/** By default a sample; `SPTLAB_ENDURANCE=10000` runs a working day's worth. */
const CELLS = Number(process.env.SPTLAB_ENDURANCE ?? 1_500);

/** Twice the slowest cell that was seen on a busy machine. */
const LIMIT_MS = Math.max(60_000, CELLS * 40);

/** What a process may grow by over the second half: a part of itself, and the room that its heap takes in steps. */
const GROWTH = { ratio: 1.05, stepMb: 8 };

conformance("many small cells", {}, (session) => {
  itOnLinux(
    `run ${CELLS.toLocaleString("en")} times with flat memory`,
    async () => {
      const { kernel } = session;
      await kernel.execute("let turn = 0;");
      const pids = await processTree(kernel.kernel.pid); // The host, the compiler unless it is a thread of it, the worker.
      const memory = () => Promise.all(pids.map(residentMb));
      const samples: number[][] = [];
      for (let cell = 0; cell < CELLS; cell++) {
        if (cell % Math.ceil(CELLS / 4) === 0) samples.push(await memory());
        const ran = await kernel.execute(`turn += 1;\nconsole.log("turn", turn);\nturn * 2`);
        expect(ran.text).toBe(String(2 * (cell + 1)));
        kernel.forget();
      }
      const end = await memory();
      samples.push(end);
      const shown = samples.map((sample) => sample.map((mb) => mb.toFixed(0)).join("/"));
      console.log(`memory of the kernel's processes over ${CELLS} cells, MB: ${shown.join(", ")}`);
      expect(pids.length).toBeGreaterThanOrEqual(2);
      pids.forEach((_, index) => {
        const firstHalf = samples.slice(0, 3).map((sample) => sample[index] ?? 0);
        expect(end[index]).toBeLessThan(Math.max(...firstHalf) * GROWTH.ratio + GROWTH.stepMb);
      });
    },
    LIMIT_MS,
  );
});
