/** Connects the controls of the page to the kernels of its notebooks and consoles. */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { ISessionContext } from "@jupyterlab/apputils";
import { IConsoleTracker } from "@jupyterlab/console";
import { INotebookTracker } from "@jupyterlab/notebook";
import type { ControlModels } from "./model";

/** The plugin. */
export function controlsPlugin(models: ControlModels): JupyterFrontEndPlugin<void> {
  const follow = (_: unknown, { sessionContext }: { readonly sessionContext: ISessionContext }): void => {
    sessionContext.kernelChanged.connect((_context, { newValue }) => newValue && models.attach(newValue));
    const kernel = sessionContext.session?.kernel;
    if (kernel) models.attach(kernel);
  };
  return {
    id: "sptlab:controls",
    description: "Connects sliders and other controls to their kernels.",
    autoStart: true,
    requires: [INotebookTracker, IConsoleTracker],
    activate: (_app, notebooks: INotebookTracker, consoles: IConsoleTracker) => {
      notebooks.widgetAdded.connect(follow);
      consoles.widgetAdded.connect(follow);
    },
  };
}
