import { expect, it } from "vitest";
import { residentMb } from "../processes.js";
import { conformance } from "../suite.js";

/** By default a sample; `SPTLAB_ENDURANCE=10000` runs a working day's worth. */
const CELLS = Number(process.env.SPTLAB_ENDURANCE ?? 1_000);

/** Twice the slowest cell that was seen on a busy machine. */
const LIMIT_MS = Math.max(60_000, CELLS * 40);

/** What a process may grow by over the second half: garbage that is not yet collected, but no leak of 5 kB a cell. */
const GROWTH_MB = 30 + CELLS * 0.005;

conformance("many small cells", {}, (session) => {
  it.skipIf(process.platform !== "linux")(
    `run ${CELLS.toLocaleString("en")} times with flat memory`,
    async () => {
      const { kernel } = session;
      const worker = Number((await kernel.execute("let turn = 0;\nprocess.pid")).text);
      const memory = async () => ({ host: await residentMb(kernel.kernel.pid), worker: await residentMb(worker) });
      const samples = [];
      for (let cell = 0; cell < CELLS; cell++) {
        if (cell % Math.ceil(CELLS / 4) === 0) samples.push(await memory());
        const ran = await kernel.execute(`turn += 1;\nconsole.log("turn", turn);\nturn * 2`);
        expect(ran.text).toBe(String(2 * (cell + 1)));
        kernel.forget();
      }
      const end = await memory();
      samples.push(end);
      const shown = samples.map(({ host, worker }) => `${host.toFixed(0)}/${worker.toFixed(0)}`);
      console.log(`memory of host/worker over ${CELLS} cells, MB: ${shown.join(", ")}`);
      const middle = samples[2] ?? end;
      expect(end.host - middle.host).toBeLessThan(GROWTH_MB);
      expect(end.worker - middle.worker).toBeLessThan(GROWTH_MB);
    },
    LIMIT_MS,
  );
});
