/** Checkpoint files written byte by byte, so that a test can make what no tool would write. */

export const ascii = (text: string) => Buffer.from(text, "latin1");
export const global = (module: string, name: string) => ascii(`c${module}\n${name}\n`);
export const tuple = (...items: Uint8Array[]) => Buffer.concat([ascii("("), ...items, ascii("t")]);
export const small = (value: number) => Buffer.of(0x4b, value);
export const none = ascii("N");
export const pickle = (...body: Uint8Array[]) => Buffer.concat([Buffer.of(0x80, 2), ...body, ascii(".")]);
export const text = (value: string) => {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5, "X");
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};
export const tensor = (offset: number, shape: number[], strides: number[], callee = "_rebuild_tensor_v2") =>
  Buffer.concat([
    global("torch._utils", callee),
    tuple(
      tuple(text("storage"), global("torch", "FloatStorage"), text("7"), text("cpu"), small(6), none),
      ascii("Q"),
      small(offset),
      tuple(...shape.map(small)),
      tuple(...strides.map(small)),
      Buffer.of(0x89),
      Buffer.concat([global("collections", "OrderedDict"), ascii(")R")]),
    ),
    ascii("R"),
  ]);
/** A pre-1.6 file whose one storage holds 0, 1, …, 5. */
export function legacy(state: Uint8Array): Uint8Array {
  const count = Buffer.alloc(8);
  count.writeBigInt64LE(6n);
  return Buffer.concat([
    pickle(Buffer.from("8a0a6cfc9c46f9206aa85019", "hex")),
    pickle(Buffer.from("4de903", "hex")),
    pickle(ascii("}")),
    state,
    pickle(ascii("]("), text("7"), ascii("e")),
    count,
    Buffer.from(Float32Array.of(0, 1, 2, 3, 4, 5).buffer),
  ]);
}
export const dictionary = (...entries: [string, Uint8Array][]) =>
  pickle(ascii("}("), ...entries.flatMap(([key, value]) => [text(key), value]), ascii("u"));

/** A zip archive of stored files, as PyTorch writes them (without their checksums). */
export function zip(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const bodies: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const local = Buffer.alloc(30);
    local.write("PK\x03\x04", "latin1");
    const entry = Buffer.alloc(46);
    entry.write("PK\x01\x02", "latin1");
    for (const [header, at] of [
      [local, 18],
      [entry, 20],
    ] as const) {
      header.writeUInt32LE(content.length, at);
      header.writeUInt32LE(content.length, at + 4);
      header.writeUInt16LE(name.length, at + 8);
    }
    entry.writeUInt32LE(offset, 42);
    bodies.push(local, ascii(name), content);
    directory.push(entry, ascii(name));
    offset += local.length + name.length + content.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

/** A safetensors file of this header and `dataBytes` zero bytes. */
export function safetensors(header: string | Uint8Array, dataBytes: number): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.from(header).length));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]);
}
