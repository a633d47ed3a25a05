// The form of a signed note (C2SP signed-note): a text that ends with a newline, an empty line, and at least
// one line for each signature:
//
//   — <key name> base64(key id[4] ‖ signature)

import { concatBytes, copyBytes, decodeBase64, encodeBase64, equalBytes } from '@mesh/primitives';
import { AuditError, explained } from '../audit-error.ts';
import { isKeyName, KEY_ID_LENGTH_BYTES } from './key-id.ts';

export interface NoteSignature {
  /** Of the key. */
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Uint8Array;
  /** What follows the key's id, at least 1 byte. */
  readonly signature: Uint8Array;
}

export interface Note {
  /** What is signed, with its last newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** As many as Go's sumdb/note reads. The specification asks for at least 16. */
export const MAX_SIGNATURES = 100;
/** Enough for a checkpoint with {@link MAX_SIGNATURES} signatures by ML-DSA-44. */
export const MAX_NOTE_CHARS = 400_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
const SIGNATURE_LINE = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/;

/**
 * Reads a note without verifying anything.
 * @throws AuditError `invalid_note`
 */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE_CHARS) throw invalid(`it has more than ${MAX_NOTE_CHARS} characters`);
  if (!note.isWellFormed()) throw invalid('it is no Unicode text');
  if (CONTROL.test(note)) throw invalid('it has a control character');
  const split = note.lastIndexOf('\n\n');
  if (split < 0) throw invalid('an empty line separates its text from its signatures');
  if (!note.endsWith('\n')) throw invalid('its last line has no newline');
  const lines = note.slice(split + 2, -1);
  if (lines === '') throw invalid('it has no signature');
  return { text: note.slice(0, split + 1), signatures: parseSignatureLines(lines.split('\n')) };
}

/**
 * @param lines without their newlines
 * @throws AuditError `invalid_note`
 */
export function parseSignatureLines(lines: readonly string[]): NoteSignature[] {
  if (lines.length > MAX_SIGNATURES) throw invalid(`it has more than ${MAX_SIGNATURES} signatures`);
  return lines.map((line) => {
    const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
    if (name === undefined || base64 === undefined || !isKeyName(name))
      throw invalid('a signature is a line of an em dash, the name of a key and base64');
    const bytes = explained('invalid_note', 'note refused: a signature', () => decodeBase64(base64));
    if (bytes.length <= KEY_ID_LENGTH_BYTES)
      throw invalid('a signature has more bytes than the id of its key');
    return {
      name,
      keyId: bytes.slice(0, KEY_ID_LENGTH_BYTES),
      signature: copyBytes(bytes.subarray(KEY_ID_LENGTH_BYTES)),
    };
  });
}

/**
 * The note, as `parseNote` reads it.
 * @throws AuditError `invalid_note` if a text or a name does not fit
 */
export function renderNote({ text, signatures }: Note): string {
  const note = `${text}\n${signatures.map(renderSignatureLine).join('')}`;
  // What would be read as something else is no note: an empty line at the end of the text, for example.
  const read = parseNote(note);
  if (read.text !== text || read.signatures.length !== signatures.length)
    throw invalid('its text ends with one newline');
  return note;
}

/** With its newline. */
export function renderSignatureLine({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${encodeBase64(concatBytes(keyId, signature))}\n`;
}

/** Whether both are by one key, as far as names and ids tell. */
export function haveSameKey(
  a: Pick<NoteSignature, 'name' | 'keyId'>,
  b: Pick<NoteSignature, 'name' | 'keyId'>,
): boolean {
  return a.name === b.name && equalBytes(a.keyId, b.keyId);
}

function invalid(why: string): AuditError {
  return new AuditError('invalid_note', `note refused: ${why}`);
}
