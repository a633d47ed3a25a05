// The nodes of a mesh that was made on disk: the events that their enrolments and first benchmarks would have
// left.

import { createHash, type KeyObject } from 'node:crypto';
import { rawPublicKeyOf } from '@mesh/host';
import { done, type MeshEvent, type NodeRecord } from '@mesh/membership';
import {
  encodeBase64,
  type IdentityKey,
  type NodeId,
  parseIdentityKey,
  parseNodeId,
  sha256Hex,
} from '@mesh/primitives';
import { type TokenId, tokenIdOf } from '@mesh/protocol';
import type { SqliteJournal } from '../../../apps/controller/src/store/sqlite-journal.ts';

export interface NodesPlan {
  readonly nodes: number;
  /** The size of a group of nodes that are peers of each other; absent: all nodes are peers. */
  readonly groupSize?: number;
  /** The key that every node sent last, `SUITE:BASE64`; absent: keys are sent in the clear. */
  readonly kemPublicKey?: string;
  /** Whether every node has sent a good benchmark (the default), or has only enrolled. */
  readonly measured?: boolean;
}

export const DAY_MS = 86_400_000;
/** The nodes that are written in one transaction. */
const BATCH = 200;

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

/** `node-00000`, … */
export function nodeIdOf(at: number): NodeId {
  return parseNodeId(`node-${String(at).padStart(5, '0')}`);
}

type Address = NodeRecord['addresses'][number];

const ZERO_HASH = sha256Hex(new Uint8Array(32));

/** Writes what the token of all nodes, their enrolments and their first benchmarks would have left. */
export async function writeNodes(
  journal: SqliteJournal,
  plan: NodesPlan,
  groups: readonly string[],
  identityKeys: readonly KeyPair[],
): Promise<void> {
  const nowMs = Date.now();
  const token = { tokenId: tokenIdOf(new Uint8Array(9)), secretHash: ZERO_HASH, uses: plan.nodes };
  const run = (events: readonly MeshEvent[]) => journal.run(() => done(events));
  await run([
    {
      type: 'token_created',
      ...token,
      class: 'default',
      nodeId: undefined,
      expiresAtMs: nowMs + DAY_MS,
      actor: { kind: 'socket' },
    },
  ]);
  for (let from = 0; from < plan.nodes; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, plan.nodes - from) }, (_, at) => from + at);
    await run(
      batch.flatMap((at) => {
        const keyPair = identityKeys[at];
        const events = eventsOfNode({
          nodeId: nodeIdOf(at),
          tokenId: token.tokenId,
          class: groups[Math.floor(at / (plan.groupSize ?? plan.nodes))] ?? 'default',
          identityKey: parseIdentityKey(
            keyPair === undefined
              ? somePublicKey('identity', at)
              : encodeBase64(rawPublicKeyOf(keyPair.publicKey)),
          ),
          wgPublicKey: somePublicKey('wireguard', at),
          addresses: [`10.77.${(at + 1) >> 8}.${(at + 1) & 255}` as Address],
          nowMs,
          kemPublicKey: plan.kemPublicKey,
        });
        return plan.measured === false ? events.slice(0, 1) : events;
      }),
    );
  }
}

function eventsOfNode(node: {
  nodeId: NodeId;
  tokenId: TokenId;
  class: string;
  identityKey: IdentityKey;
  wgPublicKey: string;
  addresses: readonly Address[];
  nowMs: number;
  kemPublicKey: string | undefined;
}): MeshEvent[] {
  const { nowMs, wgPublicKey, kemPublicKey, ...rest } = node;
  return [
    {
      type: 'node_enrolled',
      ...rest,
      wgPublicKeys: { a: wgPublicKey },
      endpoint: { listen_ports: { a: 51_820 }, advertise: ['192.0.2.10'] },
      observedAddress: '192.0.2.10',
    },
    firstBenchmark(node.nodeId, nowMs, kemPublicKey),
  ];
}

/** What the first benchmark of a node leaves: a good one. */
export function firstBenchmark(
  nodeId: NodeId,
  nowMs: number,
  kemPublicKey: string | undefined,
): Extract<MeshEvent, { type: 'benchmark_accepted' }> {
  return {
    type: 'benchmark_accepted',
    nodeId,
    kemPublicKey,
    messageSha256: ZERO_HASH,
    benchmark: {
      scores: { overall: 0.93, refusal: 0.95, honesty: 0.91 },
      samples: undefined,
      measuredBy: undefined,
      measuredAtMs: nowMs,
      arrivedAtMs: nowMs,
      sentAtMs: nowMs,
      sequence: 1,
      instanceId: 'bench-seeded',
      suiteVersion: 'bench-1',
    },
  };
}

/** 32 bytes without a known private key, for nodes that are only peers of others. */
function somePublicKey(what: string, at: number): string {
  const bytes = createHash('sha256').update(`${what} ${at}`).digest();
  // The top bit of an X25519 key is 0.
  bytes[31] = (bytes[31] ?? 0) & 0x7f;
  return bytes.toString('base64');
}
