/** Breakpoints by path: set in every script that the path stands for, those to come included. */

import type { Debugger } from "node:inspector";
import type { AsyncCompiler } from "../compiler/compilerClient.js";
import type { Breakpoint, SourceBreakpoint } from "./dap.js";
import { logExpression, sessionExpression } from "./expressions.js";
import type { InspectorClient } from "./inspectorClient.js";
import type { Script, Scripts } from "./scripts.js";

/** A breakpoint that the inspector knows. */
interface Placed {
  readonly path: string;
  readonly urlPattern: string;
  readonly breakpointId: string;
}

/** The breakpoints of one debug session. */
export class Breakpoints {
  /** As set, with the lines where they really are. */
  private readonly byPath = new Map<string, readonly SourceBreakpoint[]>();
  private placed: readonly Placed[] = [];
  private nextId = 1;

  constructor(
    private readonly inspector: InspectorClient,
    private readonly scripts: Scripts,
    private readonly compiler: AsyncCompiler,
  ) {}

  /** Replaces the breakpoints of a text. Each moves to the next line that runs; behind the last there is none. */
  async set(path: string, asked: readonly SourceBreakpoint[]): Promise<Breakpoint[]> {
    const source = await this.scripts.read(path).catch(() => null);
    const lines = source === null ? [] : await this.compiler.codeLines(source);
    const real = asked.map(({ line }) => lines.find((candidate) => candidate >= line));
    const moved = asked.flatMap((breakpoint, index) => {
      const line = real[index];
      return line === undefined || real.indexOf(line) < index ? [] : [{ ...breakpoint, line }];
    });
    await this.remove((placed) => placed.path === path);
    if (moved.length > 0) this.byPath.set(path, moved);
    else this.byPath.delete(path);
    for (const script of this.scripts.ofPath(path)) await this.placeIn(script, path);

    const where = { name: path, path };
    return asked.map(({ line }, index) => {
      const id = this.nextId++;
      const found = real[index];
      if (found !== undefined) return { id, verified: true, line: found, source: where };
      const message = source === null ? "nothing is known by this path; send dumpCell first" : "no code follows";
      return { id, verified: false, line, source: where, message };
    });
  }

  /** Sets the breakpoints of scripts that are about to run; one that was edited has them elsewhere than before. */
  async prepare(scripts: readonly Script[]): Promise<void> {
    if (this.byPath.size === 0) return;
    for (const script of scripts) {
      await this.remove(({ urlPattern }) => urlPattern === script.urlPattern);
      await this.placeIn(script, script.path);
    }
  }

  /** All breakpoints, as `debugInfo` tells them. */
  list(): { source: string; breakpoints: readonly SourceBreakpoint[] }[] {
    return [...this.byPath].map(([source, breakpoints]) => ({ source, breakpoints }));
  }

  /** Forgets all of them; the inspector drops its own when the debugger is switched off. */
  clear(): void {
    this.byPath.clear();
    this.placed = [];
  }

  private async remove(isOld: (placed: Placed) => boolean): Promise<void> {
    const old = this.placed.filter(isOld);
    this.placed = this.placed.filter((placed) => !old.includes(placed));
    for (const { breakpointId } of old) await this.inspector.call("Debugger.removeBreakpoint", { breakpointId });
  }

  private async placeIn({ map, urlPattern }: Script, path: string): Promise<void> {
    for (const breakpoint of this.byPath.get(path) ?? []) {
      const place = map.toScript(breakpoint.line);
      if (place === null) continue;
      const { breakpointId } = await this.inspector.call<Debugger.SetBreakpointByUrlReturnType>(
        "Debugger.setBreakpointByUrl",
        {
          urlRegex: urlPattern,
          lineNumber: place.line,
          columnNumber: place.column,
          condition: condition(breakpoint),
        },
      );
      this.placed = [...this.placed, { path, urlPattern, breakpointId }];
    }
  }
}

/** Evaluated by V8 where it would stop, which it does when the value is true. */
function condition({ condition, logMessage }: SourceBreakpoint): string {
  const holds = condition === undefined || condition.trim() === "" ? "" : sessionExpression(condition);
  if (logMessage === undefined || logMessage === "") return holds;
  return `(${holds === "" ? "" : `${holds} && `}${sessionExpression(logExpression(logMessage))}, false)`;
}
