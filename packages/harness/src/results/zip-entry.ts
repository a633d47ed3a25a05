// Reads one file out of a zip archive (APPNOTE.TXT 6.3.10). What the directory says about the file is not
// trusted: sizes are limited before anything is inflated, and the checksum is compared after it.

import { unfit } from './report.ts';

/** Inflates a raw DEFLATE stream (RFC 1951). @throws if it is broken or gives more than `maxBytes` */
export type InflateRaw = (bytes: Uint8Array, maxBytes: number) => Uint8Array;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const MAX_ENTRIES = 65_534;
const STORED = 0;
const DEFLATED = 8;
/** Encrypted, or strongly encrypted, or a masked header. */
const SECRET_FLAGS = 0x2041;

export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === LOCAL;
}

/**
 * @param maxBytes the most that the file may be when it is inflated
 * @throws HarnessError `unfit_report` if the archive is cut off or broken, the file is not in it exactly
 *   once, is too large, or is not as its checksum says
 */
export function readZipEntry(
  bytes: Uint8Array,
  name: string,
  inflateRaw: InflateRaw,
  maxBytes: number,
): Uint8Array {
  const entry = findEntry(bytes, name);
  const view = viewOf(bytes);
  if (entry.method !== STORED && entry.method !== DEFLATED)
    throw broken(`${name} is compressed by method ${entry.method}, which is not read here`);
  if ((entry.flags & SECRET_FLAGS) !== 0) throw broken(`${name} is encrypted`);
  if (entry.sizeBytes > maxBytes) throw broken(`${name} has more than ${maxBytes} bytes`);
  const { at } = entry;
  if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL)
    throw broken(`${name} is not where it should be`);
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (start + entry.packedBytes > bytes.length) throw broken(`${name} is cut off`);
  const packed = bytes.subarray(start, start + entry.packedBytes);
  const content = entry.method === STORED ? packed : inflate(packed, name, inflateRaw, entry.sizeBytes);
  if (content.length !== entry.sizeBytes || crc32(content) !== entry.crc)
    throw broken(`${name} is not as its checksum says`);
  return content;
}

interface Entry {
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly at: number;
}

function findEntry(bytes: Uint8Array, name: string): Entry {
  const view = viewOf(bytes);
  const end = findEnd(view);
  const entries = view.getUint16(end + 10, true);
  if (entries > MAX_ENTRIES) throw broken('it is in the zip64 form, which is not read here');
  let at = view.getUint32(end + 16, true);
  const found: Entry[] = [];
  for (let index = 0; index < entries; index += 1) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw broken('its directory is broken');
    const nameBytes = view.getUint16(at + 28, true);
    const next = at + 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw broken('its directory is broken');
    if (new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes)) === name) {
      found.push({
        method: view.getUint16(at + 10, true),
        flags: view.getUint16(at + 8, true),
        crc: view.getUint32(at + 16, true),
        packedBytes: view.getUint32(at + 20, true),
        sizeBytes: view.getUint32(at + 24, true),
        at: view.getUint32(at + 42, true),
      });
    }
    at = next;
  }
  const [entry, ...others] = found;
  if (entry === undefined || others.length > 0)
    throw broken(`it holds ${found.length} files ${name}, not one`);
  return entry;
}

/** Where the end record begins: it is the last thing in the archive, before a comment. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= 0 && at >= last - MAX_COMMENT_BYTES; at -= 1)
    if (
      view.getUint32(at, true) === END &&
      at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength
    )
      return at;
  throw broken('it is cut off');
}

function inflate(packed: Uint8Array, name: string, inflateRaw: InflateRaw, sizeBytes: number): Uint8Array {
  try {
    return inflateRaw(packed, sizeBytes);
  } catch (error) {
    throw unfit(`the archive cannot be used: ${name} cannot be inflated to its ${sizeBytes} bytes`, {
      cause: error,
    });
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function broken(why: string) {
  return unfit(
    `the archive cannot be used: ${why}. Give the log as JSON (inspect log dump), or run the evaluation again`,
  );
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_value, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
