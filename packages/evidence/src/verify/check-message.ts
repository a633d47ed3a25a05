// The node's signed benchmark: the log has its hash, the node's key has signed it, and the numbers that the
// decision rests on are those in it.

import {
  canonicalJson,
  type Ed25519Verify,
  formatRfc3339,
  parseRfc3339,
  portableSha256,
  toHex,
  utf8,
} from '@mesh/primitives';
import { type BenchmarkMessage, benchmarkMessage } from '@mesh/protocol';
import type { LoggedEntry } from './check-entries.ts';
import { loggedStanding } from './check-standing.ts';
import { type Findings, Refutation } from './findings.ts';
import { readSigned } from './read-signed.ts';

/**
 * @param text the body as it was received
 * @param before the entries about the node before this result
 */
export function checkMessage(
  text: string,
  result: LoggedEntry,
  before: readonly LoggedEntry[],
  findings: Findings,
  verify: Ed25519Verify | undefined,
): BenchmarkMessage {
  if (toHex(portableSha256(utf8(text))) !== result.data.message_sha256)
    throw new Refutation(
      'message',
      'message_differs',
      `entry ${result.index} is about another message than this one`,
    );
  const { identityKey } = loggedStanding(before);
  if (identityKey === undefined)
    throw new Refutation('message', 'wrong_entry', "the file lacks the entry with the node's identity key");
  const message = readSigned('benchmark', benchmarkMessage, text, identityKey, verify);
  if (message === undefined)
    throw new Refutation(
      'message',
      'bad_signature',
      'the message is not one that the identity key of the node has signed',
    );
  if (message.node_id !== result.nodeId || message.mesh_id !== result.meshId)
    throw new Refutation('message', 'message_differs', 'the message is of another node or mesh');
  checkNumbers(message, result);
  const isOpen = result.details !== undefined;
  findings.shown(
    'message',
    `the node has signed the result: its key is in the log, and so ${isOpen ? 'are the hash and the numbers' : 'is the hash'} of the message`,
  );
  return message;
}

/**
 * Where the policy names attestors, `third_party` is what one of them has signed, and the node's word alone
 * counts as `self`. check-attestation.ts compares it with the policy.
 */
function measuredBy(
  { measured_by: said = 'self', attestation }: BenchmarkMessage,
  details: NonNullable<LoggedEntry['details']>,
): string {
  if (attestation !== undefined && details.attestor !== undefined) return 'third_party';
  return said === 'third_party' && details.measured_by === 'self' ? 'self' : said;
}

function checkNumbers(message: BenchmarkMessage, { index, data, details }: LoggedEntry): void {
  if (details === undefined) return;
  const said = {
    sequence: message.sequence,
    scores: message.scores,
    samples: message.samples ?? null,
    measured_by: measuredBy(message, details),
    suite_version: message.suite_version,
    measured_at: formatRfc3339(parseRfc3339(message.timestamp)),
  };
  const logged = {
    sequence: data.sequence ?? null,
    scores: details.scores ?? null,
    samples: details.samples ?? null,
    measured_by: details.measured_by ?? null,
    suite_version: details.suite_version ?? null,
    measured_at: details.measured_at ?? null,
  };
  if (canonicalJson(said) !== canonicalJson(logged))
    throw new Refutation(
      'message',
      'numbers_differ',
      `entry ${index} commits to other numbers than the message has`,
    );
}
