// A controller that gives receipts: its config key, and a log that proves what it has.

import {
  ed25519SigningKey,
  leafHash,
  proveInclusion,
  rangeRoot,
  renderCheckpoint,
  renderNote,
  renderTlogProof,
  signCheckpoint,
  subtreesOver,
} from '@mesh/audit';
import {
  ed25519PublicKey,
  encodeBase64,
  parseMeshId,
  parseNodeId,
  signEd25519,
  utf8,
} from '@mesh/primitives';
import { type ReceiptMessage, signReceipts, type UnsignedReceipt } from '@mesh/protocol';
import type { KeptReceipt } from '../../src/uplink/submit/receipt-file.ts';

export const MESH = parseMeshId('mesh');
export const NODE = parseNodeId('self');
const configSeed = new Uint8Array(32).fill(1);
export const configKey = encodeBase64(ed25519PublicKey(configSeed));
const logKey = ed25519SigningKey('log.example/mesh', 'ed25519', new Uint8Array(32).fill(2));
export const trust = { origin: logKey.key.name, logKeys: [logKey.key] };

export function signedReceipt(changes: Partial<UnsignedReceipt> = {}, seed = configSeed): ReceiptMessage {
  const receipt: UnsignedReceipt = {
    mesh_id: MESH,
    node_id: NODE,
    message_sha256: '0'.repeat(64),
    sequence: 1,
    received_at: '2030-01-01T12:00:00.000Z',
    log_index: 0,
    leaf_hash: encodeBase64(leafHash(entryOf(0))),
    ...changes,
  };
  return signReceipts([receipt], MESH, (message) => signEd25519(message, seed))[0] as ReceiptMessage;
}

export const receiptOf = (sequence: number): KeptReceipt => ({
  signed_by: configKey,
  receipt: signedReceipt({ sequence }),
});

/** The receipt of the entry that an honest log has at this index. */
export const receiptOfEntry = (index: number): KeptReceipt => ({
  signed_by: configKey,
  receipt: signedReceipt({ log_index: index, leaf_hash: encodeBase64(leafHash(entryOf(index))) }),
});

export const entryOf = (index: number): Uint8Array => utf8(`entry ${index}`);

/** What the log that has these entries answers for each index, as `tlog-proof`. */
export function proofsOf(entries: readonly Uint8Array[]): (index: number) => string {
  const read = subtreesOver((index) => leafHash(entries[index] as Uint8Array));
  const size = entries.length;
  const text = renderCheckpoint({
    origin: logKey.key.name,
    size,
    root: rangeRoot(0, size, read),
    extensions: [],
  });
  const checkpoint = renderNote({ text, signatures: [signCheckpoint(logKey, text, 0)] });
  return (index) => renderTlogProof({ index, path: proveInclusion(index, size, read), checkpoint });
}
