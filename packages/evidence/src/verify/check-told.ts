// What the node was told: the digests of the configs and removal notices that were signed for it, as entries
// of the log commit to them.

import { type AuditEntry, type OpenedCheckpoint, verifyInclusion } from '@mesh/audit';
import { decodeBase64, defined, formatRfc3339, PrimitivesError, parseRfc3339 } from '@mesh/primitives';
import type { ProofFile } from '../file/proof-file.ts';
import type { ProvenTold } from '../file/proven-told.ts';
import { hashTelling, type Telling, TOLD_TYPE, toldLeaf } from '../told/told-leaf.ts';
import { CLOCK_TOLERANCE_MS, entryInLog } from './check-entries.ts';
import { type Findings, Refutation } from './findings.ts';
import type { ToldInLog } from './proof-report.ts';

/** What somebody says that a node was told. */
type Told = Pick<ProofFile, 'meshId' | 'nodeId' | 'told'>;

/** @returns every answer that the file shows, in the order of the log */
export function checkTold(file: Told, head: OpenedCheckpoint, findings: Findings): ToldInLog[] {
  const { told = [] } = file;
  if (told.some(({ index }, at) => at > 0 && index <= (told[at - 1]?.index ?? index)))
    throw new Refutation('told', 'wrong_order', 'what the node was told is not in the order of the log');
  const found = told.flatMap((one) => checkOne(one, file, head));
  const last = found.findLast(({ allowed }) => allowed !== undefined);
  if (found.length > 0)
    findings.shown(
      'told',
      `the log commits to ${found.length} signed answers to the node${last === undefined ? '' : `: the last config said that it is ${last.allowed === true ? 'in' : 'out'} (${last.reasonCode ?? 'no reason'})`}`,
    );
  return found;
}

function checkOne(one: ProvenTold, file: Told, head: OpenedCheckpoint): ToldInLog[] {
  const { index, salt, place, tellings } = one;
  const entry = entryInLog(one, file, head);
  const { epochId } = entry;
  if (entry.type !== TOLD_TYPE || epochId === undefined)
    throw new Refutation('told', 'wrong_entry', `entry ${index} does not say what nodes were told`);
  const leaf = toldLeaf({
    nodeId: file.nodeId,
    epochId,
    salt,
    told: tellings.map((told) => hashTelling(told)),
  });
  if (!isIn(entry, leaf, place, one.leaf_path))
    throw new Refutation('told', 'told_differs', `entry ${index} commits to something else that was told`);
  return tellings.map((told) => {
    const sentAtMs = instantOf(told, index);
    if (sentAtMs > entry.atMs + CLOCK_TOLERANCE_MS)
      throw new Refutation('told', 'back_dated', `entry ${index} is older than what it says was told`);
    const { kind, sha256, version, allowed, reason_code: reasonCode } = told;
    const recordedAtMs = entry.atMs;
    return {
      epochId,
      index,
      kind,
      sha256,
      version,
      sentAtMs,
      recordedAtMs,
      ...defined({ allowed, reasonCode }),
    };
  });
}

function isIn({ data }: AuditEntry, leaf: Uint8Array, place: number, path: readonly Uint8Array[]): boolean {
  if (typeof data.nodes !== 'number' || typeof data.root !== 'string') return false;
  try {
    const root = decodeBase64(data.root, { lengthBytes: 32 });
    return verifyInclusion({ leaf, index: place, size: data.nodes, path, root });
  } catch (error) {
    if (error instanceof PrimitivesError) return false;
    throw error;
  }
}

function instantOf({ sent_at: sentAt }: Telling, index: number): number {
  try {
    const instant = parseRfc3339(sentAt);
    if (formatRfc3339(instant) === sentAt) return instant;
  } catch (error) {
    if (!(error instanceof PrimitivesError)) throw error;
  }
  throw new Refutation('told', 'told_differs', `entry ${index}: an answer has no readable time`);
}
