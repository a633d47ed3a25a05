// POST /v1/benchmarks/{node_id}

import type { Clock } from '@mesh/host';
import {
  type CommandContext,
  type InstanceConflicts,
  type MeshView,
  measuringAsked,
  type NodeRecord,
  type PairLimits,
  type Standing,
  submitBenchmark,
} from '@mesh/membership';
import { defined, encodeBase64, formatRfc3339 } from '@mesh/primitives';
import { type BenchmarkAnswer, benchmarkMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Publication } from '../../publish/publication.ts';
import type { ReceiptSigner } from '../../publish/receipt-signer.ts';
import type { Waiters } from '../../publish/waiters.ts';
import type { Challenges } from '../../schedule/challenges.ts';
import type { LoggedResults } from '../../store/logged-results.ts';
import { createOpensslCheck } from '../../trust/ed25519-equation.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import { type ReceivePorts, receiveSigned } from '../receive/receive-signed.ts';
import { type RecordPorts, recordMessage } from '../receive/record-message.ts';

export interface BenchmarkPorts extends ReceivePorts, RecordPorts {
  readonly view: MeshView;
  readonly challenges: Challenges;
  readonly waiters: Waiters;
  readonly instances: InstanceConflicts;
  readonly publication: Publication;
  readonly standing: (node: NodeRecord) => Standing;
  readonly pairLimits: Pick<PairLimits, 'probationUntil'>;
  readonly journal: { context(): CommandContext };
  readonly clock: Clock;
  readonly loggedResults: Pick<LoggedResults, 'among'>;
  readonly receipts: Pick<ReceiptSigner, 'sign'>;
}

export function benchmarkRoute(ports: BenchmarkPorts): Handler<NodesEnv> {
  const verify = createOpensslCheck();
  return async (context) => {
    const arrivedAtMs = Math.floor(ports.clock.nowMs());
    const node = context.get('node');
    const { message, sha256, bytes } = await receiveSigned(ports, 'benchmark', context, benchmarkMessage);
    const challenges = ports.challenges.accepted();
    const instanceId = message.instance_id;
    const running = ports.waiters.openInstance(node.nodeId, ports.clock.monotonicMs())?.instanceId;
    const ofSecondInstance =
      running === undefined
        ? ports.instances.isRefused(node.nodeId, instanceId, arrivedAtMs)
        : running !== instanceId;
    const command = submitBenchmark({
      message,
      messageSha256: sha256,
      signedBody: bytes,
      arrivedAtMs,
      challenges,
      ofSecondInstance,
      verify,
    });
    const { nodeId } = node;
    const events = await recordMessage(
      ports,
      'benchmark',
      { nodeId, arrival: context.get('arrival') },
      command,
    );
    const logged = context.req.query('receipt') === '1' ? ports.loggedResults.among(events) : undefined;
    const receipt =
      logged &&
      (await ports.receipts.sign({
        mesh_id: ports.meshId,
        node_id: nodeId,
        message_sha256: sha256,
        sequence: message.sequence,
        received_at: formatRfc3339(arrivedAtMs),
        log_index: logged.index,
        leaf_hash: encodeBase64(logged.leaf),
      }));
    const now = ports.view.node(node.nodeId) ?? node;
    const standing = ports.standing(now);
    const other = ports.instances.otherThan(node.nodeId, instanceId, arrivedAtMs);
    const answer: BenchmarkAnswer = {
      status: 'received',
      node_id: node.nodeId,
      epoch_id: ports.publication.version().epochId,
      membership: standing.membership,
      reason: standing.reason,
      reason_code: standing.reasonCode,
      server_time_ms: ports.clock.nowMs(),
      ...defined({ receipt }),
      ...defined({ measuring: measuringOf(ports, now, standing) }),
      ...(other === undefined
        ? {}
        : {
            other_instance: {
              instance_id: other.instanceId ?? null,
              seen_at: formatRfc3339(other.seenAtMs),
            },
          }),
    };
    return context.json(answer);
  };
}

function measuringOf(
  { journal, pairLimits, publication }: Pick<BenchmarkPorts, 'journal' | 'pairLimits' | 'publication'>,
  node: NodeRecord,
  { allowed, declining }: Standing,
): BenchmarkAnswer['measuring'] {
  const { epochId } = publication.version();
  const onProbation = allowed && pairLimits.probationUntil(node, epochId) !== undefined;
  return measuringAsked(journal.context().policy, { declining, onProbation });
}
