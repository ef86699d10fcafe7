/** The name of a model, or of a data set, on the hub, with the revision it is pinned to. */

import { ConfigError } from "../errors.js";

/** One revision of one model or data set. */
export interface HubModel {
  /** "organisation/name". */
  readonly id: string;
  /** A branch, a tag or a commit; "main" where none is named. */
  readonly revision: string;
  /** Set for a data set; the hub and the cache keep them apart from models. */
  readonly isDataset?: boolean;
}

/** The path of a model's or data set's page, below the address of the hub. */
export function pageOf({ id, isDataset }: HubModel): string {
  return isDataset === true ? `datasets/${id}` : id;
}

/**
 * Reads "organisation/name" or "organisation/name@revision"; undefined for everything that is no such name.
 *
 * @param revision  the revision where the name has none
 * @throws ConfigError  when the revision is none, or two are given
 */
export function parseModelName(name: string, revision?: string): HubModel | undefined {
  const [id = "", pinned, ...rest] = name.split("@");
  const isId = /^\w[\w.-]*\/\w[\w.-]*$/.test(id) && !/--|\.\./.test(id);
  if (!isId || rest.length > 0) return undefined;
  if (pinned !== undefined && revision !== undefined && pinned !== revision) {
    throw new ConfigError(
      `"${name}" names the revision ${pinned}, the option \`revision\` ${revision}. Give one of them.`,
      {
        name,
        revision,
      },
    );
  }
  const chosen = pinned ?? revision ?? "main";
  if (!/^\w[\w./-]*$/.test(chosen) || chosen.split("/").some((part) => /^\.*$/.test(part))) {
    throw new ConfigError(
      `A revision is a branch, a tag or a commit of 40 hex digits; got "${chosen}" for ${id}. Correct or leave it out.`,
      { name, revision: chosen },
    );
  }
  return { id, revision: chosen };
}

/** Whether a revision is a whole commit, which never changes. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
