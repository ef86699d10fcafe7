/** What a hub's refusal means, and what to do about it. */

import { CheckpointError } from "../errors.js";
import { type HubModel, pageOf } from "./modelName.js";
import type { HubSettings } from "./settings.js";

/**
 * The error for a status of 400 or more that trying again does not change.
 *
 * @source huggingface_hub 0.34, utils/_http.py: the codes in X-Error-Code, and 401 for models that do not exist
 */
export function refusal(response: Response, file: string, model: HubModel, settings: HubSettings): CheckpointError {
  const { status, headers } = response;
  const code = headers.get("x-error-code");
  const said = headers.get("x-error-message");
  const page = `${settings.endpoint}/${pageOf(model)}`;
  const facts = { id: model.id, revision: model.revision, file, status, code };
  const fail = (problem: string, advice: string): CheckpointError =>
    new CheckpointError(`${problem} (HTTP ${status}${said === null ? "" : `: ${said}`}). ${advice}`, facts);
  const tokenAdvice =
    settings.token === undefined
      ? "Set HF_TOKEN to a token that may read it."
      : "The token of HF_TOKEN or of the token file was sent; use one that is valid and may read it.";

  if (code === "GatedRepo" || (status === 403 && code === null)) {
    return fail(`${model.id} is only for accounts that asked for access`, `Ask for it at ${page}. ${tokenAdvice}`);
  }
  if (code === "RevisionNotFound") {
    return fail(
      `${model.id} has no revision "${model.revision}"`,
      `Its branches, tags and commits are listed at ${page}.`,
    );
  }
  if (status === 401) {
    return fail(`${model.id} does not exist at ${settings.endpoint}, or is private`, `Check the name. ${tokenAdvice}`);
  }
  if (code === "RepoNotFound") {
    return fail(`${model.id} does not exist at ${settings.endpoint}`, "Check the spelling of organisation and name.");
  }
  if (code === "EntryNotFound") {
    return fail(`${model.id} has no file ${file} at revision "${model.revision}"`, "Choose another name or revision.");
  }
  if (status === 404) {
    return fail(
      `${settings.endpoint} has no ${file} of ${model.id} at revision "${model.revision}"`,
      "Check the name, the revision and HF_ENDPOINT.",
    );
  }
  return fail(`${settings.endpoint} refused ${file} of ${model.id}`, `Look at ${page}.`);
}
