/** The packages that cells get ready-made: each is loaded for the first cell that uses it, before that cell runs. */

/** A module's exports by name. */
export type Namespace = Readonly<Record<string, unknown>>;

/** The globals that stand for packages. */
export type PreloadedName = "tf" | "spt" | "aq" | "plot";

interface Package {
  /** What a cell may import it as; null when it has no name of its own. */
  readonly specifier: string | null;
  load(): Promise<Namespace>;
  /** Whether its first use must be on a chosen device. */
  readonly needsDevice: boolean;
}

const PACKAGES: Readonly<Record<PreloadedName, Package>> = {
  tf: { specifier: "@tensorflow/tfjs", load: () => import("@tensorflow/tfjs"), needsDevice: true },
  spt: { specifier: "sptlab", load: () => import("../../lib/index.js"), needsDevice: true },
  aq: { specifier: "arquero", load: () => import("arquero"), needsDevice: false },
  plot: { specifier: null, load: () => import("../../lib/plot/index.js"), needsDevice: false },
};

/** The names of the preloaded globals. */
export const PRELOADED_NAMES = Object.keys(PACKAGES) as readonly PreloadedName[];

/** Loads each package once. */
export class Preloaded {
  private readonly loading = new Map<PreloadedName, Promise<Namespace>>();
  private readonly loaded = new Map<PreloadedName, Namespace>();
  private device: Promise<void> | null = null;

  /** Whether `specifier` (a global's name or a package) is one of these packages. */
  owns(specifier: string): boolean {
    return nameOf(specifier) !== undefined;
  }

  /** The package's exports; the first that computes chooses the engine's device. */
  async load(specifier: string): Promise<Namespace> {
    const name = nameOf(specifier);
    if (name === undefined) throw new Error(`expected one of ${PRELOADED_NAMES.join(", ")}; got ${specifier}`);
    if (PACKAGES[name].needsDevice) {
      this.device ??= chooseDevice();
      await this.device;
    }
    return this.module(name);
  }

  /**
   * The exports of a global's package.
   *
   * @throws Error  when it is not loaded: in code that names it in a way the compiler does not see, such as `eval`
   */
  get(name: PreloadedName): Namespace {
    const namespace = this.loaded.get(name);
    if (namespace === undefined) throw new Error(`${name} is not loaded yet; name it in a cell of its own first`);
    return namespace;
  }

  private module(name: PreloadedName): Promise<Namespace> {
    const started = this.loading.get(name);
    if (started !== undefined) return started;
    const loading = PACKAGES[name].load().then((namespace) => {
      this.loaded.set(name, namespace);
      return namespace;
    });
    this.loading.set(name, loading);
    return loading;
  }
}

function nameOf(specifier: string): PreloadedName | undefined {
  return PRELOADED_NAMES.find((name) => name === specifier || PACKAGES[name].specifier === specifier);
}

async function chooseDevice(): Promise<void> {
  const { useDevice } = await import("../../lib/engine/index.js");
  await useDevice("auto");
}
