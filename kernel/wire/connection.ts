/** The connection file by which Jupyter tells a kernel and its clients where the five sockets are. */

import { readFile, stat } from "node:fs/promises";
import { z } from "zod";

/** A CurveZMQ key in Z85. */
const curveKey = z.string().length(40).nullish();

const connectionSchema = z.object({
  transport: z.enum(["tcp", "ipc"]).default("tcp"),
  ip: z.string().default("127.0.0.1"),
  shell_port: z.int(),
  iopub_port: z.int(),
  stdin_port: z.int(),
  control_port: z.int(),
  hb_port: z.int(),
  key: z.string().default(""),
  signature_scheme: z.string().default("hmac-sha256"),
  curve_publickey: curveKey,
  curve_secretkey: curveKey,
});

/**
 * Transport, ports, and the signing key (empty: messages are not signed). With the two curve keys, which Jupyter makes
 * for kernels that say `supported_encryption`, all traffic is encrypted; clients use the same pair.
 */
export type ConnectionInfo = z.infer<typeof connectionSchema>;

/** The sockets of a kernel. */
export type Channel = "shell" | "iopub" | "stdin" | "control" | "hb";

/**
 * Reads and checks a connection file.
 *
 * @throws Error  when it cannot be read or lacks a port; the message names the file
 */
export async function readConnectionFile(path: string): Promise<ConnectionInfo> {
  try {
    return connectionSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    throw new Error(`expected a Jupyter connection file at ${path}; start the kernel from a Jupyter client`, { cause });
  }
}

/** Whether other users of the machine can read the file, and with it the key; never on Windows, which has no such bits. */
export async function isReadableByOthers(path: string): Promise<boolean> {
  return process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0;
}

/** The ZeroMQ address of one socket: `tcp://ip:port`, or `ipc://path-port`. */
export function endpoint(info: ConnectionInfo, channel: Channel): string {
  const port = info[`${channel}_port`];
  return info.transport === "ipc" ? `ipc://${info.ip}-${port}` : `tcp://${info.ip}:${port}`;
}
