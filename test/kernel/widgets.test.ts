import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KernelClient } from "../../kernel/client/jupyterClient.js";
import type { Json, Message } from "../../kernel/wire/message.js";
import { outputTypes, type Ran, run, runUntilGo, START_TIMEOUT_MS, startBuiltKernel } from "./session.js";

const VIEW = "application/vnd.jupyter.widget-view+json";

let kernel: KernelClient;
const heard: Message[] = [];
beforeAll(async () => {
  kernel = await startBuiltKernel();
  kernel.onIopub((message) => heard.push(message));
}, START_TIMEOUT_MS);
afterAll(() => kernel.shutdown());
beforeEach(() => {
  heard.length = 0;
});

const record = (part: unknown): Json => (part ?? {}) as Json;
const contents = (msgType: string): Json[] =>
  heard.filter(({ header }) => header.msg_type === msgType).map(({ content }) => content);
const shown = (ran: Ran): Json => ran.published.find(({ type }) => type === "display_data")?.content.data as Json;
const modelId = (ran: Ran): string => String((shown(ran)[VIEW] as Json | undefined)?.model_id);
const change = (comm_id: string, data: Json): Promise<void> => kernel.comm("comm_msg", { comm_id, data });
const value = async (code: string): Promise<string | null> => (await run(kernel, code)).result;

describe("with ipywidgets 8", () => {
  const drag = (id: string, state: Json) => change(id, { method: "update", state, buffer_paths: [] });

  it("shows a slider with a text for pages that have no widgets, once", async () => {
    const ran = await run(kernel, `const rate = await slider({ label: "rate", min: 0, max: 1, value: 0.25 });\nrate`);
    expect(outputTypes(ran)).toEqual(["comm_open", "comm_open", "display_data"]);
    expect(shown(ran)).toEqual({
      [VIEW]: { version_major: 2, version_minor: 0, model_id: expect.any(String) },
      "text/plain": "rate: 0.25 (slider, 0 to 1; set its .value in code)",
    });
    const [style, model] = heard.filter(({ header }) => header.msg_type === "comm_open");
    expect(model).toMatchObject({
      metadata: { version: "2.1.0" },
      content: {
        comm_id: modelId(ran),
        target_name: "jupyter.widget",
        data: {
          buffer_paths: [],
          state: {
            _model_module: "@jupyter-widgets/controls",
            _model_module_version: "2.0.0",
            _model_name: "FloatSliderModel",
            _view_name: "FloatSliderView",
            description: "rate",
            min: 0,
            max: 1,
            step: 0.01,
            value: 0.25,
            readout_format: ".2f",
            style: `IPY_MODEL_${style?.content.comm_id}`,
          },
        },
      },
    });
    expect((await run(kernel, "rate")).published.map(({ type }) => type)).toContain("execute_result");
  });

  it("follows the page, tells other pages, and gives back what does not fit", async () => {
    const id = modelId(await run(kernel, `const n = await slider({ label: "n", min: 1, max: 24, step: 1 });`));
    await run(kernel, `const seen: number[] = []; n.onChange((value) => seen.push(value));`);
    heard.length = 0;
    await drag(id, { value: 7 });
    expect(contents("comm_msg")).toEqual([
      { comm_id: id, data: { method: "echo_update", state: { value: 7 }, buffer_paths: [] } },
    ]);
    for (const wrong of [7.5, 25, "9", null, {}]) {
      heard.length = 0;
      await drag(id, { value: wrong });
      expect(contents("comm_msg").at(-1)?.data).toMatchObject({ method: "update", state: { value: 7 } });
    }
    await change(id, { method: "custom", content: { event: "click" } });
    await change(id, { method: 3 });
    expect(await value("[n.value, seen]")).toBe("[ 7, [ 7 ] ]");
  });

  it("moves the control when code sets its value, and refuses what does not fit", async () => {
    const id = modelId(await run(kernel, `const m = await slider({ label: "m", min: 0, max: 10, step: 1 });`));
    heard.length = 0;
    await run(kernel, "m.value = 4; m.value = 4;");
    expect(contents("comm_msg")).toEqual([
      { comm_id: id, data: { method: "update", state: { value: 4 }, buffer_paths: [] } },
    ]);
    const { reply } = await run(kernel, "m.value = 11;");
    expect(reply).toMatchObject({
      ename: "RangeError",
      evalue: expect.stringMatching(/whole number between 0 and 10; got 11/),
    });
    expect(await value("m.value")).toBe("4");
  });

  it("has a logarithmic slider whose values have three digits", async () => {
    const ran = await run(
      kernel,
      `const lr = await slider({ label: "learning rate", min: 1e-5, max: 1e-2, value: 1e-3, scale: "log" });`,
    );
    const [open] = contents("comm_open");
    expect(record(open?.data).state).toMatchObject({
      _model_name: "FloatLogSliderModel",
      base: 10,
      min: -5,
      max: -2,
    });
    await drag(modelId(ran), { value: 10 ** -2.95 });
    expect(await value("lr.value")).toBe("0.00112");
    await drag(modelId(ran), { value: 0.010000000000000002 });
    expect(await value("lr.value")).toBe("0.01");
  });

  it("has dropdown, checkbox, text and button", async () => {
    const ids = [
      `const pick = await widgets.dropdown({ label: "model", options: ["nano", "base"], value: "base" });`,
      `const tick = await widgets.checkbox({ label: "gates" });`,
      `const line = await widgets.text({ label: "name", value: "a" });`,
      `const go = await widgets.button({ label: "Go" });`,
    ];
    const [pick = "", tick = "", line = "", go = ""] = await ids.reduce<Promise<string[]>>(
      async (made, code) => [...(await made), modelId(await run(kernel, code))],
      Promise.resolve([]),
    );
    const states = contents("comm_open").map(({ data }) => (data as Json).state);
    expect(states).toMatchObject([
      { _model_name: "DropdownModel", _options_labels: ["nano", "base"], index: 1 },
      { _model_name: "CheckboxModel", value: false },
      { _model_name: "TextModel", value: "a" },
      { _model_name: "ButtonModel", description: "Go" },
    ]);
    await drag(pick, { index: 0 });
    await drag(pick, { index: 5 });
    await drag(tick, { value: true });
    await drag(line, { value: "b" });
    for (const _ of [1, 2]) await change(go, { method: "custom", content: { event: "click" } });
    expect(await value("[pick.value, tick.value, line.value, go.value]")).toBe("[ 'nano', true, 'b', 2 ]");
    expect((await run(kernel, `pick.value = "large"`)).reply.ename).toBe("TypeScriptError");
    const twice = await run(kernel, `await widgets.dropdown({ label: "x", options: [1, 1] })`);
    expect(twice.reply.evalue).toMatch(/options that look different; got 1, 1/);
    expect((await run(kernel, `await slider({ label: "x", min: 0, max: 1, scale: "log" })`)).reply.evalue).toMatch(
      /0 < min < max/,
    );
  });

  it("shows an output anew in its place, for the page and for code, until it is stopped", async () => {
    const id = modelId(await run(kernel, `const a = await slider({ label: "a", min: 0, max: 9, step: 1 });`));
    const first = await run(kernel, `const output = await follow([a], (x) => ({ a: x }));`);
    const display = first.published.find(({ type }) => type === "display_data");
    const displayId = record(display?.content.transient).display_id;
    heard.length = 0;
    await drag(id, { value: 3 });
    expect(contents("update_display_data")).toEqual([
      { data: { "text/plain": "{ a: 3 }" }, metadata: {}, transient: { display_id: displayId } },
    ]);
    const ran = await run(kernel, "a.value = 5;");
    expect(ran.published.find(({ type }) => type === "update_display_data")?.content.data).toEqual({
      "text/plain": "{ a: 5 }",
    });
    await run(kernel, "output.stop(); a.close();");
    heard.length = 0;
    await drag(id, { value: 4 });
    expect(contents("update_display_data")).toEqual([]);
  });

  it("runs one body at a time and shows only the newest of fast changes", async () => {
    const id = modelId(await run(kernel, `const f = await slider({ label: "f", min: 0, max: 100, step: 1 });`));
    await run(
      kernel,
      `const runs: number[] = [];
const all = new Promise<void>((r) => { f.onChange((x) => { if (x === 50) r() }) });
await follow([f], async (x) => {
  runs.push(x);
  if (x > 0) await all;
  return x;
});`,
    );
    heard.length = 0;
    await Promise.all(Array.from({ length: 50 }, (_, index) => drag(id, { value: index + 1 })));
    expect(contents("update_display_data").map(({ data }) => data)).toEqual([
      { "text/plain": "1" },
      { "text/plain": "50" },
    ]);
    expect(await value("runs")).toBe("[ 0, 1, 50 ]");
    expect(outputTypes(await run(kernel, "await follow([f], () => undefined)"))).toEqual([]);
  });

  it("shows an error in the output's place, fails the cell at the first, and survives an interrupt", async () => {
    const id = modelId(await run(kernel, `const e = await slider({ label: "e", min: 0, max: 9, step: 1 });`));
    const failed = await run(kernel, `await follow([e], () => { throw new RangeError("at once") });`);
    expect(failed.reply.ename).toBe("RangeError");
    await run(
      kernel,
      `await follow([e], (x) => {
  if (x === 1) throw new RangeError("not one");
  if (x === 2) { console.log("stuck"); while (true) {} }
  return x;
});`,
    );
    heard.length = 0;
    await drag(id, { value: 1 });
    expect(record(contents("update_display_data")[0]?.data)["text/plain"]).toMatch(/RangeError: not one/);
    let interrupted: Promise<void> | undefined;
    const data = { method: "update", state: { value: 2 }, buffer_paths: [] };
    await kernel.comm("comm_msg", { comm_id: id, data }, {}, ({ header }) => {
      if (header.msg_type === "stream") interrupted ??= kernel.interrupt();
    });
    await interrupted;
    heard.length = 0;
    await drag(id, { value: 3 });
    expect(contents("update_display_data")[0]?.data).toEqual({ "text/plain": "3" });
  });

  it("changes while a cell awaits", async () => {
    const id = modelId(await run(kernel, `const w = await slider({ label: "w", min: 0, max: 9, step: 1 });`));
    const ran = await runUntilGo(kernel, `await new Promise<void>((r) => { w.onChange(() => r()) });\nw.value`, () =>
      drag(id, { value: 6 }),
    );
    expect(ran.result).toBe("6");
  });

  it("gives a page that was loaded anew all its models", async () => {
    const ran = await run(kernel, `const again = await slider({ label: "again", min: 0, max: 9, step: 1 });`);
    await kernel.comm("comm_open", { comm_id: "page", target_name: "jupyter.widget.control", data: {} });
    heard.length = 0;
    await change("page", { method: "request_states" });
    const { method, states, buffer_paths } = record(contents("comm_msg")[0]?.data);
    expect({ method, buffer_paths }).toEqual({ method: "update_states", buffer_paths: [] });
    expect((states as Json)[modelId(ran)]).toMatchObject({
      model_name: "IntSliderModel",
      model_module: "@jupyter-widgets/controls",
      model_module_version: "2.0.0",
      state: { description: "again", value: 0 },
    });
    await change(modelId(ran), { method: "request_state" });
    expect(contents("comm_msg").at(-1)?.data).toMatchObject({ method: "update", state: { description: "again" } });
  });

  it("completes and documents the controls", async () => {
    const ask = async (msgType: string, code: string): Promise<Json> =>
      (await kernel.request("shell", msgType, { code, cursor_pos: code.length })).content;
    expect((await ask("complete_request", "widgets.")).matches).toEqual(
      expect.arrayContaining(["slider", "dropdown", "checkbox", "text", "button", "follow"]),
    );
    const { data } = await ask("inspect_request", "widgets.slider");
    expect(String((data as Json)["text/plain"])).toMatch(/SliderOptions[\s\S]*slider for a number/);
  });
});

describe("with ipywidgets 6", () => {
  const drag = (id: string, sync_data: Json) => change(id, { method: "backbone", sync_data, buffer_keys: [] });

  it("speaks its words once the page has asked for the version, also after the worker was restarted", async () => {
    await kernel.comm("comm_open", { comm_id: "v6", target_name: "jupyter.widget.version", data: {} });
    expect(contents("comm_msg")).toEqual([{ comm_id: "v6", data: { version: "~2.1.4" } }]);
    await run(kernel, "process.exit(0)");
    heard.length = 0;
    const ran = await run(
      kernel,
      `const lr = await slider({ label: "lr", min: 1e-4, max: 1e-2, value: 1e-3, scale: "log", step: 0.5 });`,
    );
    expect(shown(ran)).toEqual({ [VIEW]: { version_major: 1, version_minor: 0, model_id: modelId(ran) } });
    expect(contents("comm_open")).toEqual([
      {
        comm_id: modelId(ran),
        target_name: "jupyter.widget",
        data: expect.objectContaining({
          _model_module: "jupyter-js-widgets",
          _model_name: "SelectionSliderModel",
          _options_labels: ["1.00e-4", "3.16e-4", "1.00e-3", "3.16e-3", "1.00e-2"],
          value: "1.00e-3",
        }),
      },
    ]);
    expect(contents("comm_msg").at(-1)).toEqual({ comm_id: modelId(ran), data: { method: "display" } });
    await drag(modelId(ran), { value: "3.16e-3" });
    await drag(modelId(ran), { value: "much" });
    expect(await value("lr.value")).toBe("0.00316");
    await run(kernel, "lr.value = 9e-3;");
    expect(contents("comm_msg").at(-1)?.data).toEqual({ method: "update", state: { value: "1.00e-2" }, buffers: [] });
  });

  it("has a dropdown by label, and gives a page that was loaded anew each state that it asks for", async () => {
    const ran = await run(kernel, `const k = await widgets.dropdown({ label: "k", options: [1, 2, 3] });`);
    await drag(modelId(ran), { value: "3" });
    await drag(modelId(ran), { value: "4" });
    expect(await value("k.value")).toBe("3");
    const { comms } = (await kernel.request("shell", "comm_info_request", { target_name: "jupyter.widget" })).content;
    expect(Object.keys(comms as Json)).toContain(modelId(ran));
    heard.length = 0;
    await change(modelId(ran), { method: "request_state" });
    expect(contents("comm_msg")[0]?.data).toMatchObject({
      method: "update",
      state: { _model_name: "DropdownModel", description: "k", value: "3" },
    });
  });
});
