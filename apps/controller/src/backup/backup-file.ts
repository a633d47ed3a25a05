// The file of a backup: a line of JSON, then the database in frames, each sealed under a key of the file's
// own. The line holds that key, sealed under the master key.
//
//     file  = header ‖ "\n" ‖ frame*
//     frame = uint32be(length) ‖ AES-256-GCM(key, nonce, aad = SHA-256(header), bytes) ‖ tag[16]
//     nonce = uint64be(number of the frame) ‖ uint32be(1 if it is the last one, else 0)
//
// The key seals one file, so no nonce comes twice. The number and the mark of the last frame make a file that
// was cut, or put together from others, fail to open.

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import * as z from 'zod';
import { ControllerError } from '../errors/controller-error.ts';

export const BACKUP_FORMAT = 'mesh-backup/v1';
export const BACKUP_KEY_BYTES = 32;
const FRAME_BYTES = 1_048_576;
const TAG_BYTES = 16;
const MAX_HEADER_BYTES = 4_096;
const LINE_FEED = 0x0a;

const backupHeader = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  id: z.uuid(),
  mesh_id: z.string(),
  made_at: z.string(),
  /** Of the log in it, in entries, and its RFC 6962 root. */
  log_size: z.number().int().min(0),
  root_hash: z.string(),
  /** The length of the database in it. */
  database_bytes: z.number().int().min(1),
  /** The file's key, sealed under the master key for the file's id; base64. */
  key: z.string(),
});
export type BackupHeader = z.infer<typeof backupHeader>;

/**
 * Seals a database into a new file, mode 0600, which is on disk when this returns.
 *
 * @param source a database that nobody has open
 * @param onBytes called with how many bytes of it are sealed
 * @returns the length of the new file
 */
export function sealBackup(
  source: string,
  target: string,
  header: BackupHeader,
  key: Uint8Array,
  onBytes: (done: number) => void = () => {},
): number {
  const line = Buffer.from(JSON.stringify(header));
  const aad = digestOf(line);
  const input = openSync(source, constants.O_RDONLY);
  const output = openSync(target, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    let length = write(output, Buffer.concat([line, Buffer.of(LINE_FEED)]));
    for (let number = 0, done = 0; done < header.database_bytes; number++) {
      const bytes = readExactly(input, Math.min(FRAME_BYTES, header.database_bytes - done));
      done += bytes.length;
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, done === header.database_bytes), {
        authTagLength: TAG_BYTES,
      });
      cipher.setAAD(aad);
      const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(sealed.length);
      length += write(output, head) + write(output, sealed);
      onBytes(done);
    }
    fsyncSync(output);
    return length;
  } finally {
    closeSync(input);
    closeSync(output);
  }
}

/** @throws ControllerError `usage` if the file is no backup; the system's error if it cannot be read */
export function readBackupHeader(path: string): BackupHeader {
  const input = openSync(path, constants.O_RDONLY);
  try {
    return parseHeader(path, readLine(path, input));
  } finally {
    closeSync(input);
  }
}

/**
 * Opens a backup into a new file, mode 0600, which is on disk when this returns.
 *
 * @throws ControllerError `usage` if the file was changed, was cut or has another key
 */
export function openBackup(path: string, target: string, key: Uint8Array): void {
  const output = openSync(target, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    readBackup(path, key, { onBytes: (bytes) => write(output, bytes) });
    fsyncSync(output);
  } finally {
    closeSync(output);
  }
}

/**
 * Opens a backup from its first byte to its last, and keeps nothing of it.
 *
 * @returns the SHA-256 of the file, in hex
 * @throws as `openBackup` does
 */
export function checkBackup(path: string, key: Uint8Array): string {
  const hash = createHash('sha256');
  readBackup(path, key, { onSealed: (bytes) => hash.update(bytes) });
  return hash.digest('hex');
}

interface BackupReader {
  /** Called with the database, piece by piece. */
  readonly onBytes?: (bytes: Uint8Array) => void;
  /** Called with the file, piece by piece. */
  readonly onSealed?: (bytes: Uint8Array) => void;
}

function readBackup(
  path: string,
  key: Uint8Array,
  { onBytes = () => {}, onSealed = () => {} }: BackupReader,
): void {
  const input = openSync(path, constants.O_RDONLY);
  try {
    const line = readLine(path, input);
    onSealed(line);
    onSealed(Buffer.of(LINE_FEED));
    const aad = digestOf(line);
    const { database_bytes: total } = parseHeader(path, line);
    for (let number = 0, done = 0; done < total; number++) {
      const head = readExactly(input, 4);
      const length = head.readUInt32BE();
      if (length <= TAG_BYTES || length > FRAME_BYTES + TAG_BYTES) throw damaged(path);
      const sealed = readExactly(input, length);
      onSealed(head);
      onSealed(sealed);
      const isLast = done + length - TAG_BYTES === total;
      const bytes = openFrame(sealed, key, nonceOf(number, isLast), aad);
      if (bytes === undefined) throw damaged(path);
      onBytes(bytes);
      done += bytes.length;
    }
    if (readSync(input, Buffer.alloc(1)) > 0) throw damaged(path);
  } catch (error) {
    if (error instanceof CutShort) throw damaged(path, error);
    throw error;
  } finally {
    closeSync(input);
  }
}

function openFrame(
  sealed: Buffer,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function nonceOf(number: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number));
  nonce.writeUInt32BE(isLast ? 1 : 0, 8);
  return nonce;
}

const digestOf = (line: Uint8Array): Uint8Array => createHash('sha256').update(line).digest();

/** The file ends where there should be more. */
class CutShort extends Error {}

function readExactly(input: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const read = readSync(input, bytes, at, length - at, null);
    if (read === 0) throw new CutShort('the file ends early');
    at += read;
  }
  return bytes;
}

function write(output: number, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) at += writeSync(output, bytes, at);
  return bytes.length;
}

/** Leaves the position behind the line. */
function readLine(path: string, input: number): Buffer {
  const bytes = Buffer.alloc(MAX_HEADER_BYTES);
  for (let length = 0; length < MAX_HEADER_BYTES; length++) {
    if (readSync(input, bytes, length, 1, null) === 0) break;
    if (bytes[length] === LINE_FEED) return bytes.subarray(0, length);
  }
  throw noBackup(path);
}

function parseHeader(path: string, line: Buffer): BackupHeader {
  try {
    return backupHeader.parse(JSON.parse(line.toString()));
  } catch {
    throw noBackup(path);
  }
}

const noBackup = (path: string): ControllerError =>
  new ControllerError(
    'usage',
    `${path} is no backup that this program can read: name one that meshctl backup has written`,
  );

const damaged = (path: string, cause?: unknown): ControllerError =>
  new ControllerError('usage', `${path} was changed or cut since it was written: take another backup`, {
    cause,
  });
