import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../lib/errors.js";
import { parseModelName } from "../../../lib/hub/modelName.js";

describe("parseModelName", () => {
  it("reads organisation, name and revision", () => {
    expect(parseModelName("FacebookAI/roberta-large")).toEqual({ id: "FacebookAI/roberta-large", revision: "main" });
    expect(parseModelName("a/b.c-d_e@v1.0")).toEqual({ id: "a/b.c-d_e", revision: "v1.0" });
    expect(parseModelName("a/b", "refs/pr/1")).toEqual({ id: "a/b", revision: "refs/pr/1" });
    expect(parseModelName("a/b@v1", "v1")).toEqual({ id: "a/b", revision: "v1" });
  });

  it.each(["gpt2", "./a/b", "/a/b", "../b", "a/b/c", "a/..", "a//b", "a/b--c", "a/b@v1@v2", "a\\b", "a/b c", ""])(
    "takes %o for no model of the hub",
    (name) => {
      expect(parseModelName(name)).toBeUndefined();
    },
  );

  it.each(["../x", "a/../b", "a//b", "", "a b", "/a", "a?b", "a/."])("refuses the revision %o", (revision) => {
    expect(() => parseModelName("a/b", revision)).toThrow(ConfigError);
  });

  it("refuses two revisions", () => {
    expect(() => parseModelName("a/b@v1", "v2")).toThrow(/names the revision v1, the option `revision` v2/);
  });
});
