/** Where a new kernel can listen. */

import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import type { ConnectionInfo } from "../wire/connection.js";

/** A connection on loopback TCP with ports that are free now and a random key. */
export async function freeConnection(): Promise<ConnectionInfo> {
  const servers = await Promise.all(Array.from({ length: 5 }, listenOnFreePort));
  const ports = servers.map(({ port }) => port);
  await Promise.all(servers.map(({ close }) => close()));
  const [shell_port = 0, iopub_port = 0, stdin_port = 0, control_port = 0, hb_port = 0] = ports;
  const where = { transport: "tcp", ip: "127.0.0.1" } as const;
  const key = randomBytes(32).toString("hex");
  return { ...where, shell_port, iopub_port, stdin_port, control_port, hb_port, key, signature_scheme: "hmac-sha256" };
}

function listenOnFreePort(): Promise<{ port: number; close: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("no TCP port was given"));
      resolve({ port: address.port, close: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
