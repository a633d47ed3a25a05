import { ed25519PublicKey, encodeBase64, parseMeshId, parseNodeId, signEd25519 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import {
  MAX_RECEIPTS,
  type ReceiptMessage,
  receiptMessage,
  signReceipts,
  type UnsignedReceipt,
  verifyReceipt,
} from '../src/index.ts';

const MESH = parseMeshId('mesh');
const seed = new Uint8Array(32).fill(7);
const publicKey = ed25519PublicKey(seed);

const receiptOf = (n: number): UnsignedReceipt => ({
  mesh_id: MESH,
  node_id: parseNodeId(`node-${n}`),
  message_sha256: n.toString(16).padStart(64, '0'),
  sequence: n + 1,
  received_at: '2030-01-01T12:00:00.000Z',
  log_index: n,
  leaf_hash: encodeBase64(new Uint8Array(32).fill(n)),
});
const signed = (count: number): ReceiptMessage[] =>
  signReceipts(
    Array.from({ length: count }, (_, n) => receiptOf(n)),
    MESH,
    (message) => signEd25519(message, seed),
  );

describe('receipts that are signed together', () => {
  it.each([1, 2, 3, 7, 64])('%i of them share a signature, and each verifies alone', (count) => {
    const receipts = signed(count);
    expect(new Set(receipts.map(({ signature }) => signature)).size).toBe(1);
    for (const receipt of [receipts[0], receipts.at(-1)] as ReceiptMessage[]) {
      expect(receiptMessage.parse(receipt)).toEqual(receipt);
      expect(verifyReceipt(receipt, publicKey, MESH)).toBe(true);
    }
  });

  const [first, second] = signed(3) as [ReceiptMessage, ReceiptMessage];
  it.each<[string, Partial<ReceiptMessage>]>([
    ['of another node', { node_id: second.node_id }],
    ['of another message', { message_sha256: second.message_sha256 }],
    ['of another sequence', { sequence: 9 }],
    ['of another time', { received_at: '2030-01-01T12:00:00.001Z' }],
    ['of another entry', { log_index: 1 }],
    ['with another leaf', { leaf_hash: second.leaf_hash }],
    ['of another mesh', { mesh_id: parseMeshId('other') }],
    ["at another's place", { batch: second.batch }],
    ['with a shorter path', { batch: { ...first.batch, path: first.batch.path.slice(1) } }],
    ['of a batch of another size', { batch: { ...first.batch, size: 4 } }],
    ['with another signature', { signature: encodeBase64(new Uint8Array(64)) }],
  ])('one %s does not verify', (_, changes) => {
    expect(verifyReceipt({ ...first, ...changes }, publicKey, MESH)).toBe(false);
  });

  it('is not verified by another key, nor for another mesh', () => {
    expect(verifyReceipt(first, ed25519PublicKey(new Uint8Array(32).fill(8)), MESH)).toBe(false);
    expect(verifyReceipt(first, publicKey, parseMeshId('other'))).toBe(false);
  });

  it('are at least one and not too many', () => {
    expect(() => signed(0)).toThrow(RangeError);
    expect(() => signed(MAX_RECEIPTS + 1)).toThrow(RangeError);
  });
});
