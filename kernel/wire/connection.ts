/** The connection file by which Jupyter tells a kernel and its clients where the five sockets are. */

import { readFile, stat } from "node:fs/promises";

/**
 * Transport, ports, and the signing key (empty: messages are not signed). With the two curve keys, which Jupyter makes
 * for kernels that say `supported_encryption`, all traffic is encrypted; clients use the same pair.
 */
export interface ConnectionInfo {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  readonly key: string;
  readonly signature_scheme: string;
  /** CurveZMQ keys in Z85. */
  readonly curve_publickey?: string | null | undefined;
  readonly curve_secretkey?: string | null | undefined;
}

/** The sockets of a kernel. */
export type Channel = "shell" | "iopub" | "stdin" | "control" | "hb";

/**
 * Reads and checks a connection file.
 *
 * @throws Error  when it cannot be read or lacks a port; the message names the file
 */
export async function readConnectionFile(path: string): Promise<ConnectionInfo> {
  try {
    return toConnectionInfo(JSON.parse(await readFile(path, "utf8")));
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

/** By hand: a library for schemas would take longer to load than the rest of the host together. */
function toConnectionInfo(file: Readonly<Record<string, unknown>>): ConnectionInfo {
  const checked = <T>(name: string, isValid: (value: unknown) => value is T, fallback?: T): T => {
    const value = file[name] ?? fallback;
    if (isValid(value)) return value;
    throw new Error(`unexpected ${name}: ${JSON.stringify(value)}`);
  };
  const isText = (value: unknown): value is string => typeof value === "string";
  const isPort = (value: unknown): value is number => Number.isInteger(value);
  const isTransport = (value: unknown): value is "tcp" | "ipc" => value === "tcp" || value === "ipc";
  const isCurveKey = (value: unknown): value is string | undefined =>
    value === undefined || (isText(value) && value.length === 40);
  return {
    transport: checked("transport", isTransport, "tcp"),
    ip: checked("ip", isText, "127.0.0.1"),
    shell_port: checked("shell_port", isPort),
    iopub_port: checked("iopub_port", isPort),
    stdin_port: checked("stdin_port", isPort),
    control_port: checked("control_port", isPort),
    hb_port: checked("hb_port", isPort),
    key: checked("key", isText, ""),
    signature_scheme: checked("signature_scheme", isText, "hmac-sha256"),
    curve_publickey: checked("curve_publickey", isCurveKey),
    curve_secretkey: checked("curve_secretkey", isCurveKey),
  };
}
