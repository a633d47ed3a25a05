// Receipts over the sockets: those of results that come together share a signature, and each names the entry
// that the published log proves later.

import { parseTlogProof, verifyTlogProof } from '@mesh/audit';
import { decodeBase64, parseMeshId } from '@mesh/primitives';
import { type ReceiptMessage, verifyReceipt } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustOf } from '../support/proofs.ts';
import { problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const NAMES = [...'abc'].map((letter) => `node-${letter}`);
let mesh: RunningMesh;
beforeAll(async () => {
  mesh = await runningMesh(NAMES);
});
afterAll(() => mesh[Symbol.asyncDispose]());

async function receiptsOfAll(): Promise<ReceiptMessage[]> {
  const answers = await Promise.all(NAMES.map((name) => mesh.node(name).submit(0.9)));
  return answers.map(({ receipt }) => receipt as ReceiptMessage);
}

describe('a receipt', () => {
  it('is signed with the config key, and names the entry that the log then proves', async () => {
    const receipts = await receiptsOfAll();
    const key = decodeBase64(mesh.node('node-a').enrolment.config_public_key);
    const meshId = parseMeshId('testmesh');
    expect(receipts.map(({ node_id }) => node_id)).toEqual(NAMES);
    for (const receipt of receipts) expect(verifyReceipt(receipt, key, meshId)).toBe(true);
    const early = mesh.node('node-a').client.logProof(receipts[0]?.log_index ?? 0);
    expect(await problemOf(early)).toMatchObject({ code: 'not_found' });
    await mesh.controller.admin.quarantine('node-c', 'a head follows');
    const trust = await trustOf(mesh);
    for (const { log_index, leaf_hash, message_sha256 } of receipts) {
      const proof = parseTlogProof(await mesh.node('node-b').client.logProof(log_index));
      expect(proof.index).toBe(log_index);
      verifyTlogProof(proof, decodeBase64(leaf_hash), trust);
      const [row] = (await mesh.controller.admin.log({ from: log_index, limit: 1 })).entries;
      expect(row?.entry).toMatchObject({ type: 'benchmark_accepted', data: { message_sha256 } });
    }
    const [one, other] = receipts as [ReceiptMessage, ReceiptMessage];
    const proof = parseTlogProof(await mesh.node('node-b').client.logProof(one.log_index));
    expect(() => verifyTlogProof(proof, decodeBase64(other.leaf_hash), trust)).toThrow('does not lead');
  });

  it('shares its signature with those that reach the disk with it', async () => {
    const { receipts } = mesh.controller.running.services;
    const [unsigned] = await receiptsOfAll();
    const { batch: _batch, signature: _signature, ...again } = unsigned as ReceiptMessage;
    const signed = await Promise.all(Array.from({ length: 1_500 }, () => receipts.sign(again)));
    expect(signed.map(({ batch }) => batch.size)).toEqual([
      ...Array(1_024).fill(1_024),
      ...Array(476).fill(476),
    ]);
    expect(new Set(signed.map(({ signature }) => signature)).size).toBe(2);
  });

  it('comes only to those who ask: earlier agents get the answer that they know', async () => {
    const services = mesh.controller.running.services;
    const signed: unknown[] = [];
    const { receipts } = services;
    const sign = receipts.sign.bind(receipts);
    receipts.sign = (receipt) => {
      signed.push(receipt);
      return sign(receipt);
    };
    const node = mesh.node('node-a');
    const answer = await node.fetch(`${mesh.controller.nodesUrl}/v1/benchmarks/node-a`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(node.benchmark(0.9)),
    });
    expect(Object.keys(JSON.parse(await answer.text()))).toEqual([
      ...['status', 'node_id', 'epoch_id', 'membership', 'reason', 'reason_code', 'server_time_ms'],
    ]);
    expect(signed).toEqual([]);
    expect((await node.submit(0.9)).receipt).toBeDefined();
    expect(signed).toHaveLength(1);
  });
});

it('a proof is of an entry: without a good index there is none', async () => {
  const { client } = mesh.node('node-a');
  for (const index of [-1, 0.5, Number.NaN])
    expect(await problemOf(client.logProof(index))).toMatchObject({ code: 'invalid_parameter' });
});
