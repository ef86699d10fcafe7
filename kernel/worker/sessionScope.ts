/** The top-level names of the session: properties that read and write the variables of the cells that declared them. */

type Accessor = readonly [get: () => unknown, set: (value: unknown) => void];

/** Getters and setters over a cell's own variables, by name. */
export type Accessors = Readonly<Record<string, Accessor>>;

/** One cell's variable of a name. */
interface Layer {
  readonly cell: number;
  readonly accessor: Accessor;
}

/** Earlier cells' names, as `exports` in compiled cells. */
export class SessionScope {
  /** Each property is a getter and setter over the local variable of the newest cell that declared it. */
  readonly exports: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  /** Of each name: the variable of the newest cell that has ended, then those of cells under way, oldest first. */
  private readonly layers = new Map<string, readonly Layer[]>();
  private readonly underWay = new Map<number, readonly string[]>();

  /** Called by a cell as it starts. Until a name is initialised, earlier functions see its former value. */
  declare(cell: number, accessors: Accessors): void {
    this.underWay.set(cell, Object.keys(accessors));
    for (const [name, accessor] of Object.entries(accessors)) {
      this.define(name, [...(this.layers.get(name) ?? []), { cell, accessor }]);
    }
  }

  /**
   * Called when a cell has ended, however it ended. Returns the names that stay what they are without it: those that it
   * never initialised, or that a cell which started later has meanwhile made its own.
   */
  settle(cell: number): string[] {
    const dead: string[] = [];
    for (const name of this.underWay.get(cell) ?? []) {
      const layers = this.layers.get(name) ?? [];
      const index = layers.findIndex((layer) => layer.cell === cell);
      const own = layers[index];
      if (own !== undefined && isInitialised(own)) {
        this.define(name, layers.slice(index));
      } else {
        dead.push(name);
        this.define(
          name,
          layers.filter((layer) => layer !== own),
        );
      }
    }
    this.underWay.delete(cell);
    return dead;
  }

  /** Sets a variable that no cell needs to have declared. */
  assign(name: string, value: unknown): void {
    if (!(name in this.exports)) {
      let held: unknown;
      const set = (next: unknown): void => {
        held = next;
      };
      this.declare(0, { [name]: [() => held, set] });
      this.settle(0);
    }
    this.exports[name] = value;
  }

  /** Forgets all names but those of cells under way. */
  reset(): void {
    for (const [name, layers] of this.layers) {
      this.define(
        name,
        layers.filter(({ cell }) => this.underWay.get(cell)?.includes(name)),
      );
    }
  }

  private define(name: string, layers: readonly Layer[]): void {
    const [only] = layers;
    if (only === undefined) {
      this.layers.delete(name);
      delete this.exports[name];
      return;
    }
    this.layers.set(name, layers);
    const live = (): Accessor => (layers.findLast(isInitialised) ?? only).accessor;
    const [get, set] = layers.length === 1 ? only.accessor : [() => live()[0](), (value: unknown) => live()[1](value)];
    Object.defineProperty(this.exports, name, { get, set, configurable: true, enumerable: true });
  }
}

/** Reading a `let`, `const` or `class` before its declaration ran throws a ReferenceError. */
function isInitialised({ accessor }: Layer): boolean {
  try {
    accessor[0]();
    return true;
  } catch {
    return false;
  }
}
