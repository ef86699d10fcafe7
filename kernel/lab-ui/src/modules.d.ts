/** Modules that only the bundler knows. */

/** Written by `plugins.js`: what the packages that are JupyterLab extensions export, with their names. */
declare module "lab-extensions" {
  import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
  import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";

  type Exported<T> = readonly (readonly [name: string, exported: T | readonly T[]])[];
  export const extensions: Exported<JupyterFrontEndPlugin<unknown>>;
  export const mimeExtensions: Exported<IRenderMime.IExtension>;
}

declare module "*.css";

declare module "plotly.js-dist-min" {
  /** The part of plotly.js that figures need. */
  const Plotly: {
    react(node: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<void>;
    purge(node: HTMLElement): void;
    readonly Plots: { resize(node: HTMLElement): Promise<void> };
  };
  // biome-ignore lint/style/noDefaultExport: esbuild makes it one
  export default Plotly;
}
