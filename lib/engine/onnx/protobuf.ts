/** The few pieces of protobuf encoding that an ONNX model needs. */

/** Collects the bytes of one protobuf message. */
export class ProtoWriter {
  private buffer = new Uint8Array(256);
  private length = 0;

  /** A varint field; skipped never, so that zero can be stated. */
  integer(field: number, value: number): this {
    this.varint(field << 3);
    return this.varint64(BigInt(value));
  }

  /** A 32-bit float field. */
  float(field: number, value: number): this {
    this.varint((field << 3) | 5);
    this.raw(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** A length-delimited field: bytes, or text as UTF-8. */
  bytes(field: number, value: Uint8Array | string): this {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    this.varint((field << 3) | 2);
    this.varint(bytes.length);
    this.raw(bytes);
    return this;
  }

  /** An embedded message. */
  message(field: number, write: (message: ProtoWriter) => void): this {
    const message = new ProtoWriter();
    write(message);
    return this.bytes(field, message.finish());
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.length++] = rest;
  }

  /** Negative numbers take ten bytes, as two's complement. */
  private varint64(value: bigint): this {
    this.reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 128n) {
      this.buffer[this.length++] = Number(rest & 127n) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest);
    return this;
  }

  private raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
