import {
  type Checkpoint,
  ed25519SigningKey,
  mlDsa44SigningKey,
  type NoteSignature,
  renderCheckpoint,
  renderNote,
  type SigningKey,
  signCheckpoint,
} from '../../src/index.ts';
import { rootOf } from './log.ts';

export const ORIGIN = 'example.com/mesh';
export const TIME = 1_679_315_147;
const seedOf = (n: number) => new Uint8Array(32).fill(n);

export const logKey = ed25519SigningKey(ORIGIN, 'ed25519', seedOf(1));
export const logMlDsaKey = mlDsa44SigningKey(ORIGIN, seedOf(2));
export const witness = ed25519SigningKey('witness.example/w1', 'ed25519-cosignature', seedOf(3));
export const mlDsaWitness = mlDsa44SigningKey('witness.example/w2', seedOf(4));
export const stranger = ed25519SigningKey(ORIGIN, 'ed25519', seedOf(5));
export const strangeWitness = ed25519SigningKey('witness.example/w1', 'ed25519-cosignature', seedOf(6));

export function checkpointText(changes: Partial<Checkpoint> = {}): string {
  const size = changes.size ?? 7;
  return renderCheckpoint({ origin: ORIGIN, size, root: rootOf(size), extensions: [], ...changes });
}

export function signedBy(keys: readonly SigningKey[], text = checkpointText()): string {
  const signatures: NoteSignature[] = keys.map((key) => signCheckpoint(key, text, TIME));
  return renderNote({ text, signatures });
}
