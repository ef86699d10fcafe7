/** Values of the worker that a client can look into, by the numbers that it asks with. */

import type { Runtime } from "node:inspector";
import type { Variable } from "./dap.js";
import { memberExpression } from "./expressions.js";
import type { InspectorClient } from "./inspectorClient.js";
import { arrayLength, typeText, valueText } from "./valueText.js";

/** Elements of an array that a request without `count` gets. */
const MAX_ELEMENTS = 1_000;

/** Names in the scopes of compiled cells that the user did not write. */
const INTERNAL_NAMES = new Set(["exports", "__cell", "arguments"]);

/** How long a reference is good: while the code is stopped, or until the session's variables are listed again. */
export type Lifetime = "stop" | "session";

/** What a reference stands for. */
export interface Container {
  /** Inspector's ids of the objects whose members it shows; earlier ones hide names of later ones. */
  readonly objectIds: readonly string[];
  /** The expression that gives the object; null for a scope, whose members are names. */
  readonly expression: string | null;
  /** The stopped frame in which expressions are evaluated; null for the session. */
  readonly frameId: number | null;
  readonly lifetime: Lifetime;
  /** Elements, when it is an array. */
  readonly length: number | null;
}

/** A page of a `variables` request. */
export interface Page {
  readonly filter?: unknown;
  readonly start?: unknown;
  readonly count?: unknown;
}

/** The references that are good at the moment. */
export class Variables {
  private readonly containers = new Map<number, Container>();
  private nextReference = 1;

  constructor(private readonly inspector: InspectorClient) {}

  /** A reference for a scope. */
  scope(objectIds: readonly string[], frameId: number | null, lifetime: Lifetime): number {
    return this.add({ objectIds, expression: null, frameId, lifetime, length: null });
  }

  /** What a reference stands for. Throws when it is no longer good. */
  container(reference: unknown): Container {
    const container = typeof reference === "number" ? this.containers.get(reference) : undefined;
    if (container === undefined) {
      throw new Error(`variablesReference ${String(reference)} is not known (any more); ask for the scopes again`);
    }
    return container;
  }

  /** The members behind a reference, or a page of them. */
  async list(reference: unknown, page: Page): Promise<Variable[]> {
    const container = this.container(reference);
    const elements = page.filter === "named" ? [] : await this.elements(container, page);
    const members = page.filter === "indexed" ? [] : await this.members(container);
    return [...elements, ...members];
  }

  /** A value as a variable. `expression` is empty when no expression gives it. */
  variable(
    name: string,
    value: Runtime.RemoteObject,
    expression: string,
    from: Omit<Container, "objectIds">,
  ): Variable {
    const length = arrayLength(value);
    const { objectId } = value;
    const hasMembers = objectId !== undefined && value.type !== "symbol";
    const variablesReference = hasMembers ? this.add({ ...from, objectIds: [objectId], expression, length }) : 0;
    const size = length === null ? {} : { indexedVariables: length };
    const type = hasMembers ? { type: typeText(value) } : {}; // JupyterLab's tree shows a type in the place of its value
    return { name, value: valueText(value), ...type, evaluateName: expression, variablesReference, ...size };
  }

  /** Ends the references of one lifetime. */
  forget(lifetime: Lifetime): void {
    for (const [reference, container] of this.containers) {
      if (container.lifetime === lifetime) this.containers.delete(reference);
    }
  }

  private add(container: Container): number {
    const reference = this.nextReference++;
    this.containers.set(reference, container);
    return reference;
  }

  /** Only the asked elements leave the worker: an array may have millions. */
  private async elements(container: Container, { start, count }: Page): Promise<Variable[]> {
    const { length, expression } = container;
    const [objectId] = container.objectIds;
    if (length === null || objectId === undefined) return [];
    const first = typeof start === "number" ? start : 0;
    const asked = typeof count === "number" && count > 0 ? count : length - first;
    const size = Math.min(asked, MAX_ELEMENTS);
    const slice = await this.inspector.call<Runtime.CallFunctionOnReturnType>("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration: "function (start, end) { return Array.prototype.slice.call(this, start, end); }",
      arguments: [{ value: first }, { value: first + size }],
      objectGroup: container.lifetime,
    });
    const { result } = await this.properties(slice.result.objectId ?? "", {});
    const found = result.flatMap(({ name, value }) => {
      if (value === undefined || !/^\d+$/.test(name)) return [];
      const index = String(first + Number(name));
      return [this.variable(index, value, memberExpression(expression ?? "", index), container)];
    });
    if (size === asked) return found;
    const left = { type: "undefined", description: "" } as const;
    return [...found, { ...this.variable("…", left, "", container), value: `${asked - size} more elements`, type: "" }];
  }

  private async members(container: Container): Promise<Variable[]> {
    const found = new Map<string, Variable>();
    const { expression, length } = container;
    for (const objectId of container.objectIds) {
      const options = length === null ? {} : { nonIndexedPropertiesOnly: true };
      const { result, internalProperties = [], privateProperties = [] } = await this.properties(objectId, options);
      for (const { name, value, get, enumerable, symbol } of result) {
        if (!enumerable || found.has(name) || (expression === null && INTERNAL_NAMES.has(name))) continue;
        const shown = value ?? { type: "function", description: get === undefined ? "" : "(getter)" };
        const inner = expression === null ? name : memberExpression(expression, name);
        found.set(name, this.variable(name, shown, symbol === undefined ? inner : "", container));
      }
      for (const { name, value } of privateProperties) {
        if (value !== undefined) found.set(name, this.variable(name, value, "", container));
      }
      for (const { name, value } of internalProperties) {
        const isShown = /^\[\[(Entries|PromiseState|PromiseResult|PrimitiveValue)\]\]$/.test(name);
        if (value !== undefined && isShown) found.set(name, this.variable(name, value, "", container));
      }
    }
    return [...found.values()];
  }

  private properties(objectId: string, options: object): Promise<Properties> {
    const params = { objectId, ownProperties: true, generatePreview: true, ...options };
    return this.inspector.call<Properties>("Runtime.getProperties", params);
  }
}

/** Private members are left out of Node's types. */
interface Properties extends Runtime.GetPropertiesReturnType {
  readonly privateProperties?: readonly { readonly name: string; readonly value?: Runtime.RemoteObject }[];
}
