/** The top-level names of the session: properties that read and write the variables of the cells that declared them. */

type Accessor = readonly [get: () => unknown, set: (value: unknown) => void];

/** Earlier cells' names, as `exports` in compiled cells. */
export class SessionScope {
  /** Each property is a getter and setter over the local variable of the newest cell that declared it. */
  readonly exports: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  private declared = new Map<
    string,
    { readonly accessor: Accessor; readonly previous: PropertyDescriptor | undefined }
  >();

  /** Called by a cell as it starts. Until a name is initialised, earlier functions see its former value. */
  declare(accessors: Readonly<Record<string, Accessor>>): void {
    for (const [name, accessor] of Object.entries(accessors)) {
      const previous = Object.getOwnPropertyDescriptor(this.exports, name);
      this.declared.set(name, { accessor, previous });
      const [get, set] = accessor;
      this.define(name, { get: previous?.get === undefined ? get : orElse(get, previous.get), set });
    }
  }

  /** Called when the cell has ended, however it ended. Returns the names that it never initialised. */
  settle(): string[] {
    const dead: string[] = [];
    for (const [name, { accessor, previous }] of this.declared) {
      if (isInitialised(accessor[0])) {
        this.define(name, { get: accessor[0], set: accessor[1] });
        continue;
      }
      dead.push(name);
      if (previous === undefined) delete this.exports[name];
      else this.define(name, previous);
    }
    this.declared = new Map();
    return dead;
  }

  private define(name: string, descriptor: PropertyDescriptor): void {
    Object.defineProperty(this.exports, name, { ...descriptor, configurable: true, enumerable: true });
  }
}

/** Reading a `let`, `const` or `class` before its declaration ran throws a ReferenceError. */
function isInitialised(get: () => unknown): boolean {
  try {
    get();
    return true;
  } catch {
    return false;
  }
}

function orElse(get: () => unknown, fallback: () => unknown): () => unknown {
  return () => (isInitialised(get) ? get() : fallback());
}
