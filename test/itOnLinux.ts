/** Checks that look at processes and sockets through /proc, which only Linux has. */

import { it } from "vitest";

/** A check like any other on Linux; elsewhere it is skipped, and says so. */
export function itOnLinux(name: string, body: () => Promise<void> | void, timeoutMs?: number): void {
  const isLinux = process.platform === "linux";
  if (!isLinux) console.log(`skipping "${name}": it reads /proc, which only Linux has`);
  it.skipIf(!isLinux)(name, body, timeoutMs);
}
