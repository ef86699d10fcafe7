/** A card on the launcher for each notebook of the folder `notebooks`: the first is one click away. */

import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILauncher } from "@jupyterlab/launcher";
import type { Contents } from "@jupyterlab/services";
import { notebookIcon } from "@jupyterlab/ui-components";

const FOLDER = "notebooks";
const COMMAND = "sptlab:open-notebook";

/** The plugin. */
export const notebookCards: JupyterFrontEndPlugin<void> = {
  id: "sptlab:notebook-cards",
  description: "Offers the notebooks of the folder `notebooks` on the launcher.",
  autoStart: true,
  requires: [ILauncher],
  activate: ({ commands, serviceManager: { contents } }, launcher: ILauncher) => {
    commands.addCommand(COMMAND, {
      label: ({ path }) =>
        String(path)
          .slice(FOLDER.length + 1)
          .replace(/\.ipynb$/, ""),
      caption: ({ path }) => `Open ${path}`,
      icon: notebookIcon,
      execute: ({ path }) => commands.execute("docmanager:open", { path: path as string }),
    });
    void notebooksIn(contents).then((paths) => {
      for (const [rank, path] of paths.sort().entries()) {
        launcher.add({ command: COMMAND, args: { path }, category: "Notebooks of this folder", categoryRank: 0, rank });
      }
    });
  },
};

async function notebooksIn(contents: Contents.IManager): Promise<string[]> {
  const list = async (path: string): Promise<Contents.IModel[]> => (await contents.get(path)).content;
  const hasFolder = (await list("")).some(({ name, type }) => name === FOLDER && type === "directory");
  return hasFolder ? (await list(FOLDER)).filter(({ type }) => type === "notebook").map(({ path }) => path) : [];
}
