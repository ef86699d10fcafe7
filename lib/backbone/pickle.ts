/** Python pickles as inert data: classes and calls become records, and nothing is ever looked up or executed. */

import { CheckpointError } from "../errors.js";

/** A value in a pickle; tuples, lists and sets are arrays. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | PickledGlobal
  | PickledCall
  | PersistentReference;

/** The name of a Python class or function, such as "torch._utils._rebuild_tensor_v2". */
export class PickledGlobal {
  constructor(readonly name: string) {}
}

/** What would be a call in Python; `items` are the entries that were set on its result. */
export class PickledCall {
  readonly items = new Map<Pickled, Pickled>();
  constructor(
    readonly callee: string,
    readonly args: readonly Pickled[],
  ) {}
}

/** A reference to something stored outside of the pickle. */
export class PersistentReference {
  constructor(readonly id: Pickled) {}
}

const MARK = Symbol("mark");

/**
 * Reads the pickle that starts at `start`; protocols 2 to 4, as far as `torch.save` uses them.
 *
 * @param label  names the source in error messages
 * @returns      the value, and the position after its STOP
 * @throws CheckpointError  when the bytes are no pickle, or use an opcode that tensors do not need
 * @source CPython, Lib/pickletools.py
 */
export function readPickle(bytes: Buffer, start: number, label: string): { value: Pickled; end: number } {
  const reader = new PickleReader(bytes, start, label);
  try {
    return { value: reader.run(), end: reader.position };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CheckpointError(`${label} ends inside of a pickle. Download it again.`, { label }, { cause: error });
  }
}

class PickleReader {
  private readonly stack: (Pickled | typeof MARK)[] = [];
  private readonly memo = new Map<number, Pickled>();

  constructor(
    private readonly bytes: Buffer,
    public position: number,
    private readonly label: string,
  ) {}

  run(): Pickled {
    for (;;) {
      const code = this.u8();
      if (code === 0x2e) return this.pop(); // STOP
      if (!this.constant(code) && !this.container(code) && !this.object(code)) {
        throw this.fail(`opcode 0x${code.toString(16)}, which weights do not need`);
      }
    }
  }

  /** Opcodes that push a number or a text. */
  private constant(code: number): boolean {
    switch (code) {
      case 0x4e: // NONE
        return this.push(null);
      case 0x88: // NEWTRUE
        return this.push(true);
      case 0x89: // NEWFALSE
        return this.push(false);
      case 0x4b: // BININT1
        return this.push(this.u8());
      case 0x4d: // BININT2
        return this.push(this.take(2).readUInt16LE());
      case 0x4a: // BININT
        return this.push(this.take(4).readInt32LE());
      case 0x8a: // LONG1
        return this.push(littleEndianInteger(this.take(this.u8())));
      case 0x47: // BINFLOAT
        return this.push(this.take(8).readDoubleBE());
      case 0x58: // BINUNICODE
        return this.push(this.take(this.u32()).toString("utf8"));
      case 0x8c: // SHORT_BINUNICODE
        return this.push(this.take(this.u8()).toString("utf8"));
      case 0x55: // SHORT_BINSTRING
        return this.push(this.take(this.u8()).toString("latin1"));
      case 0x54: // BINSTRING
        return this.push(this.take(this.u32()).toString("latin1"));
      case 0x43: // SHORT_BINBYTES
        return this.push(Uint8Array.from(this.take(this.u8())));
      case 0x42: // BINBYTES
        return this.push(Uint8Array.from(this.take(this.u32())));
      default:
        return false;
    }
  }

  /** Opcodes of tuples, lists and dictionaries. */
  private container(code: number): boolean {
    switch (code) {
      case 0x28: // MARK
        this.stack.push(MARK);
        return true;
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
      case 0x8f: // EMPTY_SET
        return this.push([]);
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.push(Array.from({ length: code - 0x84 }, () => this.pop()).reverse());
      case 0x74: // TUPLE
      case 0x6c: // LIST
        return this.push(this.popToMark());
      case 0x7d: // EMPTY_DICT
        return this.push(new Map());
      case 0x61: // APPEND
        return this.append([this.pop()]);
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        return this.append(this.popToMark());
      case 0x73: // SETITEM
        return this.setItems([this.pop(), this.pop()].reverse());
      case 0x75: // SETITEMS
        return this.setItems(this.popToMark());
      default:
        return false;
    }
  }

  /** Opcodes of names, calls, outside references and the memo. */
  private object(code: number): boolean {
    switch (code) {
      case 0x80: // PROTO
        this.take(1);
        return true;
      case 0x95: // FRAME
        this.take(8);
        return true;
      case 0x63: // GLOBAL
        return this.push(new PickledGlobal(`${this.line()}.${this.line()}`));
      case 0x93: {
        // STACK_GLOBAL
        const name = this.pop();
        const module = this.pop();
        // No other value is made a text of: one that holds itself many times over would never end.
        if (typeof name !== "string" || typeof module !== "string") throw this.fail("a name that is no text");
        return this.push(new PickledGlobal(`${module}.${name}`));
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = this.pop();
        const callee = this.pop();
        if (!(callee instanceof PickledGlobal) || !Array.isArray(args)) throw this.fail("a call of something unnamed");
        return this.push(new PickledCall(callee.name, args));
      }
      case 0x62: // BUILD: the state of an object, such as a state dict's _metadata
        this.pop();
        return true;
      case 0x51: // BINPERSID
        return this.push(new PersistentReference(this.pop()));
      case 0x71: // BINPUT
        return this.remember(this.u8());
      case 0x72: // LONG_BINPUT
        return this.remember(this.u32());
      case 0x94: // MEMOIZE
        return this.remember(this.memo.size);
      case 0x68: // BINGET
        return this.recall(this.u8());
      case 0x6a: // LONG_BINGET
        return this.recall(this.u32());
      default:
        return false;
    }
  }

  private push(value: Pickled): true {
    this.stack.push(value);
    return true;
  }

  private pop(): Pickled {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw this.fail("a stack that runs empty");
    return value as Pickled;
  }

  private popToMark(): Pickled[] {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) throw this.fail("a missing mark");
    return this.stack.splice(at).slice(1) as Pickled[];
  }

  private append(values: readonly Pickled[]): true {
    const target = this.stack.at(-1);
    if (!Array.isArray(target)) throw this.fail("an append to what is no list");
    for (const value of values) target.push(value);
    return true;
  }

  private setItems(pairs: readonly Pickled[]): true {
    const target = this.stack.at(-1);
    const items = target instanceof PickledCall ? target.items : target;
    if (!(items instanceof Map) || pairs.length % 2 !== 0) throw this.fail("entries for what is no dictionary");
    for (let i = 0; i < pairs.length; i += 2) items.set(pairs[i] ?? null, pairs[i + 1] ?? null);
    return true;
  }

  private remember(slot: number): true {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw this.fail("a memo of nothing");
    this.memo.set(slot, value as Pickled);
    return true;
  }

  private recall(slot: number): true {
    const value = this.memo.get(slot);
    if (value === undefined) throw this.fail(`memo slot ${slot}, which is empty`);
    return this.push(value);
  }

  private take(count: number): Buffer {
    if (this.position + count > this.bytes.length) throw new RangeError(`${count} bytes needed at ${this.position}`);
    const taken = this.bytes.subarray(this.position, this.position + count);
    this.position += count;
    return taken;
  }

  private u8(): number {
    return this.take(1).readUInt8();
  }

  private u32(): number {
    return this.take(4).readUInt32LE();
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw new RangeError("a line without end");
    return this.take(end + 1 - this.position)
      .toString("utf8")
      .trimEnd();
  }

  private fail(what: string): CheckpointError {
    const position = this.position;
    return new CheckpointError(
      `${this.label} is not a pickle of plain weights: it has ${what}, before byte ${position}. Convert it to safetensors.`,
      { label: this.label, position },
    );
  }
}

/** Two's complement of any width; beyond 2^53 the nearest number. */
function littleEndianInteger(bytes: Uint8Array): number {
  const unsigned = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return Number(BigInt.asIntN(bytes.length * 8, unsigned));
}
