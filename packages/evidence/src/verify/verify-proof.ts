// Verifies a proof file without asking anybody: the head, the entries under it, the node's signature, and the
// decision itself, which is taken again.

import { defined } from '@mesh/primitives';
import { EvidenceError } from '../evidence-error.ts';
import type { ProofFile } from '../file/proof-file.ts';
import { type JudgedResult, type JudgedState, parseJudgedState } from '../judged-state.ts';
import { checkAttestation } from './check-attestation.ts';
import { checkEntries, type LoggedEntry } from './check-entries.ts';
import { checkHead, type ProofTrust } from './check-head.ts';
import { checkMemory } from './check-memory.ts';
import { checkMessage } from './check-message.ts';
import { checkPolicy } from './check-policy.ts';
import { checkStanding } from './check-standing.ts';
import { checkTold } from './check-told.ts';
import { Findings, Refutation } from './findings.ts';
import type { DecisionInLog, ProofReport, ToldInLog } from './proof-report.ts';
import { checkDecision, DECISION_TYPES, type LoggedDecision } from './replay-decision.ts';
import { resultOf } from './result-in-log.ts';

/**
 * Verifies a file. It never throws for what the file holds.
 *
 * It shows what the log says about this decision, and that the decision follows from it. It does not show
 * that the file has every entry about the node: only a reader of the whole log sees that.
 *
 * @param trust the keys that the reader trusts, from somewhere else than the file
 */
export function verifyProof(file: ProofFile, trust: ProofTrust): ProofReport {
  const findings = new Findings();
  let decision: DecisionInLog | undefined;
  let told: readonly ToldInLog[] = [];
  try {
    const head = checkHead(file, trust, findings);
    const entries = checkEntries(file, head, findings);
    const logged = decisionIn(entries, file);
    decision = summaryOf(logged);
    checkGrounds(logged, [...entries.values()], file, trust, findings);
    told = checkTold(file, head, findings);
  } catch (error) {
    findings.ended(error);
  }
  return {
    verdict: findings.verdict(),
    steps: findings.steps,
    ...defined({ decision }),
    ...(told.length === 0 ? {} : { told }),
  };
}

function decisionIn(entries: ReadonlyMap<number, LoggedEntry>, file: ProofFile): LoggedDecision {
  const entry = entries.get(file.decision);
  if (entry?.nodeId === undefined || !DECISION_TYPES.includes(entry.type))
    throw new Refutation('entries', 'wrong_entry', `entry ${file.decision} is no decision on the node`);
  return { ...entry, nodeId: entry.nodeId };
}

function checkGrounds(
  decision: LoggedDecision,
  entries: readonly LoggedEntry[],
  file: ProofFile,
  trust: ProofTrust,
  findings: Findings,
): void {
  const inForce = checkPolicy(decision, entries, findings);
  const result = resultIn(decision, entries);
  const ofNode = entries.filter(({ nodeId, index }) => nodeId !== undefined && index < decision.index);
  if (result !== undefined) {
    const before = ofNode.filter(({ index }) => index < result.index);
    if (file.message !== undefined) {
      const message = checkMessage(file.message, result, before, findings, trust.verify);
      checkAttestation(message, result, entries, findings, trust.verify);
    } else
      findings.missing(
        'message',
        'message_not_kept',
        'the signed message behind the result is not kept: only its hash is in the log',
      );
  }
  const judged = judgedIn(decision, findings);
  if (judged === undefined) return;
  checkStanding(judged, ofNode, findings);
  const ground = groundOf(judged, result, findings);
  if (ground === undefined || inForce === undefined) return;
  if (ground !== 'none') checkMemory(inForce, ground.entry, ground.result, ofNode, findings);
  checkDecision(decision, inForce.policy, judged, ground === 'none' ? undefined : ground.result, findings);
}

/** The result that a decision rests on. */
interface Ground {
  readonly entry: LoggedEntry;
  readonly result: JudgedResult;
}

/**
 * @returns `none` if the decision rests on no result; undefined if its result is not there to be judged
 */
function groundOf(
  judged: JudgedState,
  entry: LoggedEntry | undefined,
  findings: Findings,
): Ground | 'none' | undefined {
  if (judged.result !== 'counted') return 'none';
  const result = entry?.details && resultOf(entry);
  if (entry !== undefined && result !== undefined) return { entry, result };
  if (entry === undefined)
    findings.missing(
      'decision',
      'result_not_recorded',
      'the entry of the decision does not name the result that it rests on',
    );
  else if (entry.details === undefined)
    findings.missing(
      'decision',
      'details_erased',
      'the numbers of the result were erased: the decision cannot be taken again',
    );
  else
    findings.missing(
      'decision',
      'newer_version',
      'the numbers of the result have a form that this version does not know: verify with a newer one',
    );
  return undefined;
}

function resultIn(decision: LoggedDecision, entries: readonly LoggedEntry[]): LoggedEntry | undefined {
  const index = decision.data.benchmark_index;
  if (index === undefined) return undefined;
  const result = entries.find((entry) => entry.index === index);
  if (result?.type === 'benchmark_accepted') return result;
  throw new Refutation('entries', 'wrong_entry', 'the file lacks the entry of the result that was judged');
}

function judgedIn(decision: LoggedDecision, findings: Findings): JudgedState | undefined {
  const { details, detailsCommitment } = decision;
  if (details === undefined && detailsCommitment !== undefined) {
    findings.missing(
      'details',
      'details_erased',
      'what the decision saw of the node was erased: only its commitment is in the log',
    );
    return undefined;
  }
  const { judged } = details ?? {};
  if (judged === undefined) {
    findings.missing(
      'details',
      'state_not_recorded',
      'the entry does not say what the decision saw of the node: it was recorded late, or by an earlier version',
    );
    return undefined;
  }
  try {
    const state = parseJudgedState(judged);
    findings.shown('details', 'the details are those that the entries commit to');
    return state;
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new Refutation('details', 'details_differ', error.message);
  }
}

function summaryOf({ nodeId, index, atMs, type, epochId, data }: LoggedDecision): DecisionInLog {
  const { reason_code: code } = data;
  return {
    ...{ nodeId, index, atMs, type },
    ...defined({ epochId }),
    ...(typeof code === 'string' ? { reasonCode: code } : {}),
  };
}
