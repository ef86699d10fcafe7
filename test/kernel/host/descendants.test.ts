import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "vitest";
import { descendants } from "../../../kernel/host/descendants.js";
import { itOnLinux } from "../../itOnLinux.js";

itOnLinux("finds children and their children, and none of a process that has ended", async () => {
  const child = spawn("sh", ["-c", "sleep 60 & echo ready; wait"], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const pid = child.pid ?? 0;
  const [grandchild = 0, ...others] = descendants(pid);
  expect(others).toEqual([]);
  expect(descendants(process.pid)).toEqual(expect.arrayContaining([pid, grandchild]));
  process.kill(grandchild);
  await once(child, "close");
  expect(descendants(pid)).toEqual([]);
});
