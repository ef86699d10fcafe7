/** State dicts that `torch.save` wrote: the zip format and the stream of versions before 1.6. */

import { open } from "node:fs/promises";
import { CheckpointError } from "../errors.js";
import type { TensorSource } from "./checkpoint.js";
import { readRange } from "./fileRange.js";
import { PersistentReference, type Pickled, PickledCall, PickledGlobal, readPickle } from "./pickle.js";
import { sizeOf } from "./safetensors.js";
import {
  BYTES_PER_VALUE,
  checkFloats,
  readHalves,
  readValues,
  type StoredDtype,
  type StoredRange,
} from "./storedValues.js";
import { readZipDirectory, type ZipEntry } from "./zip.js";

/** A view into a storage: PyTorch's own description of a tensor; offset and strides in elements. */
interface TensorView {
  readonly storageKey: string;
  readonly dtype: StoredDtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const DTYPE_OF_STORAGE: Readonly<Record<string, StoredDtype>> = {
  "torch.DoubleStorage": "F64",
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
  "torch.ByteStorage": "U8",
  "torch.BoolStorage": "BOOL",
};

/** First integer of a pre-1.6 file, 0x1950a86a20f9469cfc6c, as a double. */
const LEGACY_MAGIC = Number(0x1950a86a20f9469cfc6cn);
const LEGACY_PROTOCOL = 1001;
/** More than the pickles of any state dict take; the storages behind them are read one by one. */
const MAX_PICKLE_BYTES = 1 << 24;

/**
 * Opens a `pytorch_model.bin`. Tensors that share a storage are read from the same bytes; nothing is executed.
 *
 * @throws CheckpointError  when the file is no state dict, or holds anything but tensors
 */
export async function readTorchCheckpoint(path: string): Promise<TensorSource> {
  const isZip = Buffer.from(readRange(path, 0, 2)).toString("latin1") === "PK";
  const { root, storages } = isZip ? await openZip(path) : await openLegacy(path);
  const views = new Map<string, TensorView>();
  for (const [name, value] of entriesOf(root, path)) {
    if (typeof name !== "string") throw unexpected(path, "a key that is no text");
    const view = tensorView(value, path, name);
    if (view !== null) views.set(name, view);
  }
  const viewOf = (name: string): TensorView => {
    const view = views.get(name);
    if (view === undefined) throw new CheckpointError(`${path} has no tensor "${name}".`, { path, name });
    return view;
  };
  return {
    names: [...views.keys()],
    shape: (name) => viewOf(name).shape,
    dtype: (name) => viewOf(name).dtype,
    readFloats: (name) =>
      readView(path, viewOf(name), storages, name, (range) => {
        checkFloats(range.dtype, range.label);
        return readValues(range) as Float32Array;
      }),
    readHalves: (name, type) => readView(path, viewOf(name), storages, name, (range) => readHalves(range, type)),
  };
}

type Storages = ReadonlyMap<string, ZipEntry>;

async function openZip(path: string): Promise<{ root: Pickled; storages: Storages }> {
  const entries = await readZipDirectory(path);
  const pickleName = [...entries.keys()].find((name) => name.endsWith("/data.pkl") || name === "data.pkl");
  const pickle = pickleName === undefined ? undefined : entries.get(pickleName);
  if (pickleName === undefined || pickle === undefined) throw unexpected(path, "no data.pkl in the archive");
  if (pickle.length > MAX_PICKLE_BYTES) throw unexpected(path, `a data.pkl of ${pickle.length} bytes`);
  const folder = `${pickleName.slice(0, -"data.pkl".length)}data/`;
  const storages = new Map<string, ZipEntry>();
  for (const [name, entry] of entries) if (name.startsWith(folder)) storages.set(name.slice(folder.length), entry);
  const bytes = Buffer.from(readRange(path, pickle.position, pickle.length));
  return { root: readPickle(bytes, 0, path).value, storages };
}

/** Five pickles (magic, protocol, system, state dict, storage keys), then per key an int64 count and its values. */
async function openLegacy(path: string): Promise<{ root: Pickled; storages: Storages }> {
  const file = await open(path);
  const { size } = await file.stat().finally(() => file.close());
  const head = Buffer.from(readRange(path, 0, Math.min(size, MAX_PICKLE_BYTES)));
  const magic = readPickle(head, 0, path);
  if (magic.value !== LEGACY_MAGIC) throw unexpected(path, "no PyTorch magic number");
  const protocol = readPickle(head, magic.end, path);
  if (protocol.value !== LEGACY_PROTOCOL) throw unexpected(path, `protocol ${quote(protocol.value)}`);
  const system = readPickle(head, protocol.end, path);
  if (system.value instanceof Map && system.value.get("little_endian") === false) {
    throw unexpected(path, "big-endian numbers");
  }
  const state = readPickle(head, system.end, path);
  const keys = readPickle(head, state.end, path);
  if (!Array.isArray(keys.value)) throw unexpected(path, "no list of storages");

  const dtypes = storageDtypes(state.value, path);
  const storages = new Map<string, ZipEntry>();
  let position = keys.end;
  for (const key of keys.value) {
    const dtype = typeof key === "string" ? dtypes.get(key) : undefined;
    if (typeof key !== "string" || dtype === undefined) {
      throw unexpected(path, `storage ${quote(key)}, which no tensor uses`);
    }
    if (storages.has(key)) throw unexpected(path, `storage ${key} twice`);
    const count = Number(Buffer.from(readRange(path, position, 8)).readBigInt64LE());
    const length = count * BYTES_PER_VALUE[dtype];
    if (count < 0 || position + 8 + length > size) throw unexpected(path, `storage ${key} beyond its end`);
    storages.set(key, { position: position + 8, length });
    position += 8 + length;
  }
  return { root: state.value, storages };
}

function storageDtypes(root: Pickled, path: string): Map<string, StoredDtype> {
  const dtypes = new Map<string, StoredDtype>();
  for (const [name, value] of entriesOf(root, path)) {
    const view = tensorView(value, path, quote(name));
    if (view !== null) dtypes.set(view.storageKey, view.dtype);
  }
  return dtypes;
}

function entriesOf(root: Pickled, path: string): ReadonlyMap<Pickled, Pickled> {
  if (root instanceof Map) return root;
  if (root instanceof PickledCall && root.callee === "collections.OrderedDict") return root.items;
  throw unexpected(path, "something other than a dictionary of tensors");
}

/** The view that a `_rebuild_tensor_v2` record describes; null for the numbers some state dicts keep beside tensors. */
function tensorView(value: Pickled, path: string, name: string): TensorView | null {
  if (value === null || typeof value === "number" || typeof value === "boolean") return null;
  if (!(value instanceof PickledCall)) throw unexpected(path, `"${name}", which is no tensor`);
  const call = value.callee === "torch._utils._rebuild_parameter" ? value.args[0] : value;
  if (!(call instanceof PickledCall) || call.callee !== "torch._utils._rebuild_tensor_v2") {
    throw unexpected(path, `a call of ${value.callee} for "${name}"`);
  }
  const [storage, offset, shape, strides] = call.args;
  if (!(storage instanceof PersistentReference) || !Array.isArray(storage.id)) {
    throw unexpected(path, `"${name}" without a storage`);
  }
  const [kind, type, key, , , legacyView] = storage.id;
  const dtype = type instanceof PickledGlobal ? DTYPE_OF_STORAGE[type.name] : undefined;
  if (kind !== "storage" || dtype === undefined || typeof key !== "string") {
    throw unexpected(path, `"${name}" in a storage of type ${type instanceof PickledGlobal ? type.name : quote(type)}`);
  }
  // A pre-1.6 storage may itself be a window [key, offset, size] of another one.
  const windowStart = Array.isArray(legacyView) ? legacyView[1] : 0;
  if (!isCount(windowStart) || !isCount(offset)) throw unexpected(path, `"${name}" at an impossible offset`);
  if (!isCounts(shape) || !isCounts(strides) || shape.length !== strides.length) {
    throw unexpected(path, `"${name}" with an impossible shape`);
  }
  return { storageKey: key, dtype, offset: offset + windowStart, shape, strides };
}

/** @param read  reads what lies between a view's first and last value */
function readView<T extends Float32Array | Uint16Array>(
  path: string,
  view: TensorView,
  storages: Storages,
  name: string,
  read: (range: StoredRange) => T,
): T {
  const { dtype, offset, shape, strides } = view;
  const storage = storages.get(view.storageKey);
  const count = sizeOf(shape);
  const width = BYTES_PER_VALUE[dtype];
  const span = count === 0 ? 0 : shape.reduce((last, extent, axis) => last + (extent - 1) * (strides[axis] ?? 0), 1);
  // Strides of 0 repeat values; even so a tensor is no larger than what is stored for it.
  if (storage === undefined || !(Math.max(count, offset + span) * width <= storage.length)) {
    throw unexpected(path, `"${name}" [${shape}] reaching outside of its storage`);
  }
  const position = storage.position + offset * width;
  const values = read({ path, position, count: span, dtype, label: `"${name}" of ${path}` });
  return isContiguous(shape, strides) ? values : gatherStrided(values, count, shape, strides);
}

function gatherStrided<T extends Float32Array | Uint16Array>(
  values: T,
  count: number,
  shape: readonly number[],
  strides: readonly number[],
): T {
  const gathered = (values instanceof Float32Array ? new Float32Array(count) : new Uint16Array(count)) as T;
  for (let i = 0; i < count; i++) {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis] ?? 1;
      from += (rest % extent) * (strides[axis] ?? 0);
      rest = Math.floor(rest / extent);
    }
    gathered[i] = values[from] ?? 0;
  }
  return gathered;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis] ?? 1;
  }
  return true;
}

/** A value for an error message; a container is only named, since it may hold itself many times over. */
function quote(value: Pickled | undefined): string {
  return typeof value === "object" && value !== null ? "(a container)" : String(value);
}

function isCount(value: Pickled | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: Pickled | undefined): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

function unexpected(path: string, what: string): CheckpointError {
  return new CheckpointError(
    `${path} is not a PyTorch state dict of tensors: it has ${what}. Save model.state_dict(), or convert to safetensors.`,
    { path, what },
  );
}
