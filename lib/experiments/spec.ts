/** Spec of a sweep: the JSON file that says which tasks, methods, seeds, sizes and settings are run, and how one is chosen. */

import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../errors.js";
import { METHODS } from "../methods/registry.js";
import { parseConfig } from "../prompt/config.js";

const settingsSchema = z
  .record(z.string(), z.json())
  .describe("by name; those of a stage as search.steps, the same as with --set");
const gridSchema = z.record(z.string(), z.array(z.json()).min(1)).describe("values to try, by name of the setting");

const methodSchema = z.strictObject({
  method: z.string().describe("id, see sptlab methods"),
  name: z.string().min(1).optional().describe("what tables call it, where one method comes twice; default: the id"),
  settings: settingsSchema.default({}),
  grid: gridSchema.default({}).describe("beside the shared grid, or in the place of its values"),
});

/** The file's schema. */
export const sweepSpecSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, "letters, digits, . _ -")
    .describe("of the sweep"),
  model: z.string().default("roberta-nano").describe("packaged, a directory, or on the hub"),
  data: z.string().optional().describe("where data are; default: SPTLAB_DATA"),
  output: z.string().optional().describe("folder of results.jsonl and of the runs; default runs/<name>"),
  tasks: z.array(z.string()).min(1).describe("see sptlab tasks"),
  methods: z
    .array(z.union([z.string(), methodSchema]))
    .min(1)
    .describe("ids, or an id with settings and a grid of its own"),
  seeds: z
    .array(z.int())
    .default([1])
    .describe("of every random choice; few-shot splits are drawn by them, too; none: trials only"),
  trainSizes: z
    .array(z.union([z.int().positive(), z.literal("full")]))
    .min(1)
    .default(["full"])
    .describe("examples to train on"),
  testRows: z
    .int()
    .positive()
    .optional()
    .describe("rows of larger test sets that are scored, drawn once, the same for every run; default: all"),
  settings: settingsSchema.default({}).describe("for every method that has them"),
  grid: gridSchema.default({}).describe("for every method that has them"),
  select: z
    .strictObject({
      seeds: z.array(z.int()).min(1).describe("of the trials"),
      trials: z.int().positive().optional().describe("settings tried per method; default: the whole grid"),
    })
    .optional()
    .describe("choose each method's settings on dev per task and size, with equal budgets, and test only those"),
  checkpointSeconds: z.number().positive().default(30).describe("what an interrupt may lose"),
});

/** What a spec may say. */
export type SweepSpecInput = z.input<typeof sweepSpecSchema>;

/** A checked spec, defaults filled in. */
export type SweepSpec = Omit<z.output<typeof sweepSpecSchema>, "methods" | "output"> & {
  readonly methods: readonly z.output<typeof methodSchema>[];
  readonly output: string;
};

/**
 * Checks a spec's form, and that its methods and settings exist.
 *
 * @throws ConfigError  naming what is unknown or out of range, and what there is
 */
export function parseSweepSpec(input: unknown): SweepSpec {
  const parsed = parseConfig(sweepSpecSchema, input);
  const methods = parsed.methods.map((method) =>
    typeof method === "string" ? { method, settings: {}, grid: {} } : method,
  );
  const spec = { ...parsed, methods, output: parsed.output ?? `runs/${parsed.name}` };
  for (const [what, values] of Object.entries<readonly unknown[]>({
    tasks: spec.tasks,
    seeds: spec.seeds,
    trainSizes: spec.trainSizes,
    "names of methods": methods.map(entryName),
    "select.seeds": spec.select?.seeds ?? [],
  })) {
    refuse(
      what,
      values.find((value, i) => values.indexOf(value) !== i),
      "differ from each other",
      "twice",
    );
  }
  if (spec.seeds.length === 0 && spec.select === undefined) {
    throw new ConfigError("seeds must be one or more, or select must say what trials to make; got neither. Add seeds.");
  }
  const known = METHODS.map(({ id }) => id);
  refuse("methods", methods.find(({ method }) => !known.includes(method))?.method, `be among ${known.join(", ")}`);
  const anywhere = new Set(methods.flatMap(({ method }) => settingNames(method)));
  for (const { method, settings, grid } of methods) {
    const names = settingNames(method);
    const wrong = [...Object.keys(settings), ...Object.keys(grid)].find((name) => !names.includes(name));
    refuse(`settings of ${method}`, wrong, `be among ${names.join(", ")}`);
  }
  const shared = [...Object.keys(spec.settings), ...Object.keys(spec.grid)];
  const wrong = shared.find((name) => !anywhere.has(name));
  refuse("shared settings", wrong, `be known to one of the methods: ${[...anywhere].join(", ")}`);
  return spec;
}

/** Reads and checks a spec file. @throws ConfigError  naming the file and what to change */
export async function readSweepSpec(path: string): Promise<SweepSpec> {
  let input: unknown;
  try {
    input = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new ConfigError(
      `${path} must be a JSON file with the spec of a sweep; ${(cause as Error).message}. Correct it.`,
      { path },
      { cause },
    );
  }
  try {
    return parseSweepSpec(input);
  } catch (cause) {
    throw new ConfigError(`${path}: ${(cause as Error).message}`, { path }, { cause });
  }
}

/** What a table calls an entry. */
export function entryName({ name, method }: SweepSpec["methods"][number]): string {
  return name ?? method;
}

/** Names of a method's settings, those of its stages with a dot. */
export function settingNames(method: string): string[] {
  const schema = METHODS.find(({ id }) => id === method)?.configSchema;
  return schema === undefined ? [] : namesIn(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
}

function namesIn(schema: z.core.JSONSchema.BaseSchema, prefix = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const isFolder = typeof inner === "object" && inner.properties !== undefined;
    return isFolder ? namesIn(inner, `${prefix}${name}.`) : [`${prefix}${name}`];
  });
}

function refuse(what: string, found: unknown, expected: string, came = ""): void {
  if (found === undefined) return;
  const got = [JSON.stringify(found), came].filter((part) => part !== "").join(" ");
  throw new ConfigError(`${what} must ${expected}; got ${got}. Change the spec.`, { what, found });
}
