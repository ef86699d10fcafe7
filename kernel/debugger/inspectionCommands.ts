/** Commands that look at values, in stopped frames and in the session. */

import type { Debugger, Runtime } from "node:inspector";
import type { Json } from "../wire/message.js";
import type { Command } from "./dap.js";
import type { DebugSession } from "./debugSession.js";
import { DEBUG_VIEW, memberExpression } from "./expressions.js";

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** V8's kinds of scopes that a client is shown, as what. The rest belongs to the kernel and to Node. */
const SHOWN_SCOPES: Readonly<Record<string, "Locals" | "Closure">> = {
  local: "Locals",
  block: "Locals",
  catch: "Locals",
  with: "Locals",
  eval: "Locals",
  closure: "Closure",
};

/** The commands by name. */
export function inspectionCommands(session: DebugSession): Readonly<Record<string, Command>> {
  const { inspector, variables } = session;

  /** The variables of all cells, as an object of the inspector. */
  const sessionObject = async (lifetime: "stop" | "session"): Promise<string> => {
    const params = { expression: `${DEBUG_VIEW}.variables()`, objectGroup: lifetime };
    const { result } = await inspector.call<Runtime.EvaluateReturnType>("Runtime.evaluate", params);
    return result.objectId ?? "";
  };

  return {
    async scopes({ frameId }) {
      const { callFrame, shown } = session.frame(frameId);
      const found = callFrame === null ? [] : scopeObjects(callFrame);
      const globals = { name: "Globals", objectIds: [await sessionObject("stop")] };
      const scopes = [...found, globals].map(({ name, objectIds }) => {
        const variablesReference = variables.scope(objectIds, shown.id, "stop");
        return { name, presentationHint: name.toLowerCase(), variablesReference, expensive: false };
      });
      return { scopes };
    },

    variables: async ({ variablesReference, ...page }) => ({
      variables: await variables.list(variablesReference, page),
    }),

    async inspectVariables() {
      variables.forget("session");
      await inspector.call("Runtime.releaseObjectGroup", { objectGroup: "session" });
      const reference = variables.scope([await sessionObject("session")], null, "session");
      return { variables: await variables.list(reference, {}) };
    },

    async richInspectVariables({ variableName, frameId }) {
      const name = String(variableName);
      const frame = typeof frameId === "number" && session.stop !== null ? frameId : null;
      const isStopped = session.stop !== null;
      const options = { returnByValue: true, ...(frame === null && !isStopped ? { awaitPromise: true } : {}) };
      const { result } = await session.evaluate(`${DEBUG_VIEW}.describe((${name}), ${isStopped})`, frame, options);
      return { data: (result.value ?? {}) as Json, metadata: {} };
    },

    async evaluate({ expression, frameId }) {
      const source = String(expression);
      const frame = typeof frameId === "number" ? frameId : null;
      const { result } = await session.evaluate(source, frame);
      const { name: _, value, ...rest } = session.valueOf("", result, `(${source})`, frame);
      return { result: value, ...rest };
    },

    async setVariable({ variablesReference, name, value }) {
      const { expression, frameId } = variables.container(variablesReference);
      const target = expression === null ? String(name) : memberExpression(expression, String(name));
      const { result } = await session.evaluate(`${target} = (${String(value)})`, frameId);
      const { evaluateName: _, name: __, ...set } = session.valueOf(String(name), result, target, frameId);
      return set;
    },

    async copyToGlobals({ srcVariableName, dstVariableName, srcFrameId }) {
      const name = String(dstVariableName);
      if (!NAME.test(name)) throw new Error(`expected an identifier as dstVariableName; got ${JSON.stringify(name)}`);
      const from = `(${String(srcVariableName)})`;
      await session.evaluate(
        `${DEBUG_VIEW}.assign(${JSON.stringify(name)}, ${from})`,
        session.frame(srcFrameId).shown.id,
      );
      await session.compiler.declare(name);
      return {};
    },

    async modules({ startModule, moduleCount }) {
      const params = { expression: `${DEBUG_VIEW}.modules()`, returnByValue: true };
      const { result } = await inspector.call<Runtime.EvaluateReturnType>("Runtime.evaluate", params);
      const paths = [...session.scripts.modulePaths(), ...(result.value as string[])];
      const first = typeof startModule === "number" ? startModule : 0;
      const count = typeof moduleCount === "number" && moduleCount > 0 ? moduleCount : paths.length;
      const all = paths.map((path, id) => ({ id, name: path.replace(/^.*[\\/]/, ""), path }));
      return { modules: all.slice(first, first + count), totalModules: paths.length };
    },
  };
}

/** The frame's own variables (blocks in front of the function), then those of the functions around it. */
function scopeObjects({ scopeChain }: Debugger.CallFrame): { name: string; objectIds: string[] }[] {
  return (["Locals", "Closure"] as const).flatMap((name) => {
    const objectIds = scopeChain.flatMap(({ type, object }) =>
      SHOWN_SCOPES[type] === name && object.objectId !== undefined ? [object.objectId] : [],
    );
    return objectIds.length === 0 ? [] : [{ name, objectIds }];
  });
}
