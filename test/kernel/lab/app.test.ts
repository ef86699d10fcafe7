import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lab, send, startLab } from "./labClient.js";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.end());

const THEMES = "@jupyterlab/apputils-extension:themes";

it("gives the settings' schemas with this front end's defaults, and keeps what the user writes, comments included", async () => {
  const before = (await lab.call("GET", `/lab/api/settings/${THEMES}`)).json;
  expect(before).toMatchObject({
    id: THEMES,
    raw: "{}",
    schema: { properties: { theme: { type: "string", default: "dark" } } },
  });
  const raw = '// mine\n{ theme: "light" }';
  expect((await lab.call("PUT", `/lab/api/settings/${THEMES}`, { raw })).status).toBe(204);
  const { settings } = (await lab.call("GET", "/lab/api/settings")).json;
  expect(settings).toEqual([expect.objectContaining({ id: THEMES, raw, last_modified: expect.any(String) })]);
  expect((await lab.call("GET", "/lab/api/settings?ids_only=true")).json).toEqual({ settings: [{ id: THEMES }] });
  expect((await lab.call("PUT", "/lab/api/settings/none:x", { raw })).status).toBe(404);
});

it("keeps layouts by name, and gives an empty one where there is none", async () => {
  const workspace = { data: { "layout-restorer:data": {} }, metadata: { id: "auto-ä/1" } };
  const path = `/lab/api/workspaces/${encodeURIComponent("auto-ä/1")}`;
  expect((await lab.call("GET", path)).json).toEqual({ data: {}, metadata: { id: "auto-ä/1" } });
  expect((await lab.call("PUT", path, workspace)).status).toBe(204);
  expect((await lab.call("GET", path)).json).toEqual(workspace);
  expect((await lab.call("GET", "/lab/api/workspaces")).json.workspaces.ids).toEqual(["auto-ä/1"]);
  expect((await lab.call("PUT", path, { data: {}, metadata: { id: "another" } })).status).toBe(400);
  expect((await lab.call("DELETE", path)).status).toBe(204);
  expect((await lab.call("GET", "/lab/api/workspaces")).json.workspaces.ids).toEqual([]);
});

it("serves the front end: names with a hash for ever, others after a look", async () => {
  const script = await lab.call("GET", "/static/lab/main-ABCD1234.js");
  expect(script.headers).toMatchObject({ "content-type": "text/javascript; charset=utf-8" });
  expect(script.headers["cache-control"]).toMatch(/immutable/);
  const theme = await lab.call("GET", "/lab/api/themes/@jupyterlab/theme-light-extension/index.css");
  expect([theme.text, theme.headers["cache-control"]]).toEqual(["body {}", "no-cache"]);
  const headers = { Authorization: `token ${lab.token}`, "if-none-match": String(theme.headers.etag) };
  const path = "/lab/api/themes/@jupyterlab/theme-light-extension/index.css";
  expect((await send(lab.port, "GET", path, headers)).status).toBe(304);
});

it("tells the page where it is: tree path, workspace, token", async () => {
  const { text } = await lab.call("GET", "/lab/workspaces/mine/tree/sub/a%20b.ipynb");
  const config = JSON.parse(/type="application\/json">(.*?)<\/script>/.exec(text)?.[1] ?? "");
  expect(config).toMatchObject({ treePath: "sub/a b.ipynb", workspace: "mine", token: lab.token, baseUrl: "/" });
  expect((await lab.call("GET", "/")).headers.location).toBe("/lab");
  expect(text).toContain('<link rel="modulepreload" href="/static/lab/chunk-ABCD1234.js">');
});

it.each([
  ["/api", { version: expect.any(String) }],
  ["/api/me", { identity: expect.objectContaining({ username: expect.any(String) }), permissions: {} }],
  ["/api/status", expect.objectContaining({ kernels: 0, connections: 0 })],
  ["/api/terminals", []],
  ["/api/nbconvert", {}],
  ["/api/config/notebook", {}],
  ["/api/resolvePath?path=", { path: "", scope: "server" }],
  ["/lab/api/translations", expect.objectContaining({ data: expect.objectContaining({ en: expect.anything() }) })],
  ["/lab/api/translations/en", { data: {}, message: "" }],
])("answers %s", async (path, expected) => {
  const { status, json } = await lab.call("GET", path);
  expect([status, json]).toEqual([200, expected]);
});

it("answers 404 for addresses that it does not know, and 405 for methods", async () => {
  expect((await lab.call("GET", "/api/none")).status).toBe(404);
  expect((await lab.call("DELETE", "/api/status")).status).toBe(405);
  expect((await lab.call("HEAD", "/api/status")).status).toBe(200);
});
