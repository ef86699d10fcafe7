/** Runs cells and tells how each ended, also when it was stopped in the middle. */

// Node's own timers: the global ones fall silent with an interrupted cell.
import { setImmediate, setTimeout } from "node:timers";
import vm from "node:vm";
import { type CellContext, createCellContext, KeyboardInterrupt } from "./cellContext.js";
import { CellMagics, Folders } from "./magics/cellMagics.js";
import { mimeBundle } from "./mimeBundle.js";
import type { CellModules } from "./modules.js";
import type { Preloaded } from "./preload.js";
import type { Outcome, RunRequest } from "./protocol.js";
import type { RunningCells } from "./runningCells.js";
import { type Accessors, SessionScope } from "./sessionScope.js";
import type { Tracebacks } from "./traceback.js";
import type { Watchdog } from "./watchdog.js";

/** How long a cell that watches `interruptSignal` may take to end by itself, with its state and result kept. */
const GRACE_MS = 3_000;

/** How long such a cell may compute without turning the event loop before it is stopped. */
const GRACE_PATIENCE_MS = 2_000;

/** What a compiled cell is called with. */
interface CellHooks {
  result: unknown;
  readonly declare: (accessors: Accessors) => void;
  /** Static imports. */
  readonly import: CellModules["import"];
  /** `import()`. */
  readonly load: (specifier: string) => Promise<unknown>;
  readonly meta: ImportMeta;
  readonly magics: CellMagics;
}

interface Running {
  readonly context: CellContext;
  interrupted: boolean;
}

/** The parts of the worker that a cell's run needs. */
export interface RunnerParts {
  readonly modules: CellModules;
  readonly preloaded: Preloaded;
  readonly tracebacks: Tracebacks;
  readonly watchdog: Watchdog;
  readonly contexts: RunningCells;
  /** Receives the end of each cell, once. `dead`: names that the cell never initialised. */
  readonly onDone: (cell: number, outcome: Outcome, dead: readonly string[]) => void;
}

/** Runs cells. Code may be stopped at any instruction, so nothing here relies on a cell returning. */
export class CellRunner {
  private readonly scope = new SessionScope();
  private readonly folders = new Folders();
  private readonly running = new Map<number, Running>();

  constructor(private readonly parts: RunnerParts) {}

  /** The session's variables. */
  get session(): SessionScope {
    return this.scope;
  }

  /** Starts a cell; `onDone` tells of its end. */
  run(request: RunRequest): void {
    const context = createCellContext(request.cell, request.allowStdin);
    const running: Running = { context, interrupted: false };
    if (this.running.size === 0) this.parts.watchdog.setPatience(null);
    this.running.set(request.cell, running);
    this.parts.contexts.start(context, () => {
      this.evaluate(request, context).then(
        (outcome) => this.settle(running, outcome),
        (error: unknown) => this.settle(running, { status: "error", ...this.parts.tracebacks.describe(error) }),
      );
    });
  }

  /** Ends running cells: at once, or by themselves when they watch the signal and do so in time. */
  interrupt(cells: readonly number[], sequence: number): void {
    this.parts.watchdog.handled(sequence);
    for (const cell of cells) {
      const running = this.running.get(cell);
      if (running?.interrupted === false) this.stop(running);
    }
  }

  private stop(running: Running): void {
    running.interrupted = true;
    const reason = new KeyboardInterrupt();
    running.context.controller.abort(reason);
    const { ename, evalue, traceback } = this.parts.tracebacks.describe(reason);
    const end = () => {
      if (this.running.has(running.context.cell)) running.context.cancelled = true;
      this.settle(running, { status: "error", ename, evalue, traceback: traceback.slice(0, 1) });
    };
    if (running.context.usesSignal) setTimeout(end, GRACE_MS).unref();
    else setImmediate(end);
  }

  /** The running cell asked for its signal: a long step is not cut short at once. */
  signalUsed(): void {
    this.parts.watchdog.setPatience(GRACE_PATIENCE_MS);
  }

  private async evaluate(request: RunRequest, context: CellContext): Promise<Outcome> {
    const { modules, preloaded, tracebacks } = this.parts;
    modules.update(request.sideModules);
    for (const name of request.uses) if (preloaded.owns(name)) await preloaded.load(name);
    const filename = modules.cellFile(request.cell);
    tracebacks.add(filename, request);
    const magics = new CellMagics(this.scope, this.folders);
    const hooks: CellHooks = {
      result: undefined,
      declare: (accessors) => this.scope.declare(request.cell, accessors),
      import: (specifier, wanted) => modules.import(specifier, wanted),
      load: (specifier) => modules.import(specifier),
      meta: modules.meta(filename),
      magics,
    };
    const main = vm.runInThisContext(request.code, { filename }) as (exports: object, cell: CellHooks) => Promise<void>;
    try {
      await main(this.scope.exports, hooks);
    } finally {
      magics.cellEnded();
    }
    await Promise.all(context.pendingDisplays);
    if (hooks.result === undefined) return { status: "ok", result: null };
    const data = await mimeBundle(hooks.result);
    return { status: "ok", result: Object.keys(data).length === 0 ? null : { data, metadata: {} } };
  }

  private settle(running: Running, outcome: Outcome): void {
    const { cell } = running.context;
    if (!this.running.delete(cell)) return;
    this.parts.contexts.end(running.context);
    this.parts.onDone(cell, outcome, this.scope.settle(cell));
  }
}
