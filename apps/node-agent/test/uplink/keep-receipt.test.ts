import { createHash } from 'node:crypto';
import { encodeBase64, parseNodeId } from '@mesh/primitives';
import type { BenchmarkAnswer, BenchmarkMessage, ReceiptMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { ReceiptKeeper } from '../../src/uplink/submit/keep-receipt.ts';
import type { KeptReceipt } from '../../src/uplink/submit/receipt-file.ts';
import { silent } from '../support/agent-fixtures.ts';
import { configKey, MESH, NODE, signedReceipt } from '../support/receipts.ts';

const sent = { mesh_id: MESH, node_id: NODE, sequence: 1 } as BenchmarkMessage;
const message_sha256 = createHash('sha256').update(JSON.stringify(sent)).digest('hex');
const strangersSeed = new Uint8Array(32).fill(9);

async function keptOf(receipt: ReceiptMessage | undefined, disk?: Error): Promise<KeptReceipt[]> {
  const kept: KeptReceipt[] = [];
  const keeper = new ReceiptKeeper({
    file: {
      keep: async (one) => {
        if (disk !== undefined) throw disk;
        kept.push(one);
      },
    },
    knownKeys: () => ({ config_public_key: configKey }),
    logger: silent,
  });
  await keeper.keep(sent, { receipt, server_time_ms: 0 } as BenchmarkAnswer);
  return kept;
}

describe('the receipt in an answer', () => {
  it('is kept with the key that has signed it', async () => {
    const receipt = signedReceipt({ message_sha256 });
    expect(await keptOf(receipt)).toEqual([{ signed_by: configKey, receipt }]);
  });

  it.each<[string, ReceiptMessage]>([
    ['of another node', signedReceipt({ message_sha256, node_id: parseNodeId('other') })],
    ['of another message', signedReceipt({ message_sha256: 'f'.repeat(64) })],
    ['of another sequence', signedReceipt({ message_sha256, sequence: 2 })],
    ['by a stranger', signedReceipt({ message_sha256 }, strangersSeed)],
    ['that was changed', { ...signedReceipt({ message_sha256 }), log_index: 7 }],
    [
      'without a good signature',
      { ...signedReceipt({ message_sha256 }), signature: encodeBase64(new Uint8Array(64)) },
    ],
  ])('is not kept if it is one %s', async (_, receipt) => {
    expect(await keptOf(receipt)).toEqual([]);
  });

  it('may be missing: earlier controllers give none', async () => {
    expect(await keptOf(undefined)).toEqual([]);
  });

  it('that the disk refuses does not disturb the submission', async () => {
    expect(await keptOf(signedReceipt({ message_sha256 }), new Error('full'))).toEqual([]);
  });
});
