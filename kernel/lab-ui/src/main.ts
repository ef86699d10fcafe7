/** Starts JupyterLab with our additions. Follows the entry that JupyterLab's own build generates, without extensions from elsewhere. */

import { type JupyterFrontEndPlugin, JupyterLab } from "@jupyterlab/application";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { PluginRegistry } from "@lumino/coreutils";
import { extensions, mimeExtensions } from "lab-extensions";
import { ControlModels } from "./controls/model";
import { controlsPlugin } from "./controls/plugin";
import { controlsExtension } from "./controls/renderer";
import { firstLauncher } from "./firstLauncher";
import { notebookCards } from "./notebookCards";
import { plotlyExtension } from "./plotlyRenderer";
import { runningCells } from "./runningCells";
import "./style.css";

/** Plugins that ask other hosts, or a server for what ours does not have. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "@jupyterlab/apputils-extension:announcements",
  "@jupyterlab/apputils-extension:licenses-client",
  "@jupyterlab/apputils-extension:licenses-plugin",
  "@jupyterlab/fileeditor-extension:language-server",
  "@jupyterlab/help-extension:jupyter-forum",
  "@jupyterlab/help-extension:licenses-commands",
  "@jupyterlab/notebook-extension:language-server",
]);

async function main(): Promise<void> {
  const controls = new ControlModels();
  const plugins: { extension: string; plugin: JupyterFrontEndPlugin<unknown> }[] = [
    ...extensions.flatMap(([extension, exported]) => [exported].flat().map((plugin) => ({ extension, plugin }))),
    ...[controlsPlugin(controls), firstLauncher, notebookCards, runningCells].map((plugin) => ({
      extension: "sptlab",
      plugin,
    })),
  ];
  const isEnabled = ({ id }: JupyterFrontEndPlugin<unknown>) => !LEFT_OUT.has(id);
  const pluginRegistry = new PluginRegistry<JupyterLab>();
  pluginRegistry.registerPlugins(plugins.map(({ plugin }) => plugin).filter(isEnabled));
  const connectionStatus = await pluginRegistry.resolveOptionalService(IConnectionStatus);
  const serviceManager = await pluginRegistry.resolveRequiredService(IServiceManager);

  const renderers = {
    __esModule: true, // Without it JupyterLab takes the module itself for a renderer.
    default: [...mimeExtensions.flatMap(([, exported]) => exported), plotlyExtension, controlsExtension(controls)],
  };
  const lab = new JupyterLab({
    pluginRegistry,
    serviceManager,
    connectionStatus: connectionStatus ?? undefined,
    mimeExtensions: [renderers],
    disabled: { patterns: [], matches: [...LEFT_OUT] },
    availablePlugins: plugins.map(({ extension, plugin }) => ({
      extension,
      id: plugin.id,
      description: plugin.description ?? "",
      requires: plugin.requires ?? [],
      optional: plugin.optional ?? [],
      provides: plugin.provides ?? null,
      autoStart: plugin.autoStart ?? false,
      enabled: isEnabled(plugin),
    })),
  });
  await lab.start({ bubblingKeydown: true });
}

void main();
