/** The launcher at once on an empty page: JupyterLab shows it only when the workspace has been saved, most of a second later. */

import { ILabShell, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { PageConfig } from "@jupyterlab/coreutils";
import { ILauncher } from "@jupyterlab/launcher";

/** The plugin. */
export const firstLauncher: JupyterFrontEndPlugin<void> = {
  id: "sptlab:first-launcher",
  description: "Shows the launcher as soon as it is known that nothing else is to be shown.",
  autoStart: true,
  requires: [ILabShell, ILauncher],
  activate: ({ commands, restored }, shell: ILabShell) => {
    void restored.then(() => {
      const isAddressed = PageConfig.getOption("treePath") !== "";
      if (!isAddressed && shell.isEmpty("main")) return commands.execute("launcher:create");
    });
  },
};
