// Takes a signed benchmark whose form and signature have been checked. It is accepted, which may deny or
// limit its node, or refused with the reason. The checks in their order: the node, a replay, the time, the
// challenge, the key to seal to, the attestation.

import { defined, type Ed25519Verify, parseRfc3339, type Sha256Hex } from '@mesh/primitives';
import { type BenchmarkMessage, type Problem, type ProblemCode, problem } from '@mesh/protocol';
import { nextDrift, nextWatch } from '@mesh/scoring';
import type { AcceptedBenchmark } from '../events/mesh-event.ts';
import { signalsOf } from '../observations/signals-of.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { NodeRecord } from '../state/records.ts';
import { x25519HalfOf } from '../state/spent-keys.ts';
import { withDecision } from './decide-node.ts';
import { findMeasurer } from './find-measurer.ts';
import { findSequenceObjection } from './find-sequence-objection.ts';
import { type Command, type CommandContext, done, refused } from './outcome.ts';

export interface SubmittedBenchmark {
  readonly message: BenchmarkMessage;
  /** Hex SHA-256 of the received body. */
  readonly messageSha256: Sha256Hex;
  /** The received body; absent: decisions do not keep it. */
  readonly signedBody?: Uint8Array;
  readonly arrivedAtMs: number;
  /** The challenges that the node may answer: the current one and the one before. */
  readonly challenges: readonly string[];
  /** Whether the sender is a second agent, which gets no config while another one runs with its identity. */
  readonly ofSecondInstance: boolean;
  /** For attestations; absent: portable arithmetic. */
  readonly verify?: Ed25519Verify;
}

export function submitBenchmark(submitted: SubmittedBenchmark): Command {
  const { message } = submitted;
  const times = { measuredAtMs: parseRfc3339(message.timestamp), sentAtMs: parseRfc3339(message.sent_at) };
  return (view, context) => {
    const node = view.node(message.node_id);
    if (node === undefined)
      return refused(problem('node_unknown', `node ${message.node_id} is not enrolled here`));
    if (node.status === 'revoked')
      return refused(
        problem(
          'node_revoked',
          `node ${node.nodeId} has been revoked; it cannot come back under this identity`,
        ),
      );
    const objection =
      findObjection(node, submitted, times, context) ?? findKemKeyObjection(view, message.kem_public_key);
    if (objection !== undefined) return refused(objection);
    const measurer = findMeasurer(submitted, context.policy.attestors);
    if ('fault' in measurer)
      return refused(
        problem(
          'attestation_wrong',
          `the attestation does not prove the benchmark: ${measurer.fault}; have the attestor sign this result`,
        ),
      );
    const received: AcceptedBenchmark = {
      scores: message.scores,
      samples: message.samples,
      measuredBy: measurer.measuredBy,
      ...times,
      arrivedAtMs: submitted.arrivedAtMs,
      sequence: message.sequence,
      instanceId: message.instance_id,
      suiteVersion: message.suite_version,
      ...defined({ signals: message.signals && signalsOf(message.signals) }),
    };
    // Only its own denial ends an alarm: a node that leaves does not lose its evidence.
    const before = node.watchSpent ? undefined : node.latest?.watch;
    const watch = nextWatch(context.policy, before, received, node.class);
    // Nothing ends what is known of a node's drift: it fades.
    const drift = nextDrift(context.policy, node.latest?.drift, received, node.class);
    const benchmark: AcceptedBenchmark = { ...received, ...defined({ watch, drift }) };
    const events = withDecision(view, context, node.nodeId, [
      {
        type: 'benchmark_accepted',
        nodeId: node.nodeId,
        benchmark,
        // A second agent's scores count. Its key does not: the running agent could not open what is sealed to
        // it.
        kemPublicKey: submitted.ofSecondInstance ? node.kemPublicKey : message.kem_public_key,
        messageSha256: submitted.messageSha256,
        ...defined({ signedBody: submitted.signedBody }),
        ...defined({ attestor: measurer.attestor }),
      },
    ]);
    return done(events);
  };
}

function findObjection(
  node: NodeRecord,
  { message, arrivedAtMs, challenges }: SubmittedBenchmark,
  { measuredAtMs, sentAtMs }: { readonly measuredAtMs: number; readonly sentAtMs: number },
  { policy }: CommandContext,
): Problem | undefined {
  const replay = findSequenceObjection(message.sequence, node.sequences.benchmark, arrivedAtMs);
  if (replay !== undefined) return replay;
  const skewMs = sentAtMs - arrivedAtMs;
  const aheadMs = measuredAtMs - arrivedAtMs;
  const clockIsOff = Math.abs(skewMs) > policy.futureToleranceMs;
  const timely = (code: ProblemCode, detail: string) =>
    clockIsOff
      ? problem(
          'clock_skew',
          `the node's clock is ${describeSkew(skewMs)} the controller's: ${detail}; synchronise it`,
          { skew_ms: skewMs },
        )
      : problem(code, detail, { skew_ms: skewMs });
  if (aheadMs > policy.futureToleranceMs) {
    return timely(
      'benchmark_from_future',
      `the benchmark lies ${seconds(aheadMs)} ahead; at most ${seconds(policy.futureToleranceMs)} are allowed`,
    );
  }
  if (-aheadMs > policy.maxBenchmarkAgeMs) {
    return timely(
      'benchmark_stale',
      `the benchmark is ${seconds(-aheadMs)} old; at most ${seconds(policy.maxBenchmarkAgeMs)} are allowed`,
    );
  }
  if (
    policy.requireChallenge &&
    !(message.challenge !== undefined && challenges.includes(message.challenge))
  ) {
    return problem(
      'challenge_wrong',
      "the policy asks for the challenge that is in the node's config; fetch it and measure again",
    );
  }
  return undefined;
}

/**
 * A key that cannot be sealed to would leave the node without keys, and nobody would know why. A key of a
 * node that was revoked would seal keys to it.
 */
function findKemKeyObjection(view: MeshView, text: string | undefined): Problem | undefined {
  try {
    if (text === undefined) return undefined;
    const half = x25519HalfOf(text);
    if (!view.isKeySpent(half) && view.nodeWithKey(half) === undefined) return undefined;
    return problem('key_spent', 'kem_public_key: it is, or was, a key of a node; make a new one');
  } catch (error) {
    return problem(
      'invalid_message',
      `kem_public_key: ${error instanceof Error ? error.message : 'is not one'}`,
    );
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const describeSkew = (skewMs: number): string =>
  `${seconds(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'}`;
