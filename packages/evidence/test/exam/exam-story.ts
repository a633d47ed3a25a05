// An exam as a controller logs it, from the loading of the pool to its end, which a test can make dishonest
// before it is signed.

import {
  challengeDigest,
  type DrawnExam,
  drawExam,
  eligibleNodes,
  type OpenedItem,
  parsePool,
  sealPool,
} from '@mesh/harness';
import {
  canonicalJson,
  ed25519PublicKey,
  encodeBase64,
  formatRfc3339,
  type JsonValue,
  type NodeId,
  parseEpochId,
  parseNodeId,
  portableSha256,
  toHex,
  utf8,
} from '@mesh/primitives';
import { signMessage } from '@mesh/protocol';
import { closeExam, type ExamEvidence, nextExam, parsePolicy } from '@mesh/scoring';
import type { ExamFile } from '../../src/index.ts';
import { addPolicy, logKey, MESH, MeshLog, MeshTree, NODE, NOON } from '../support/mesh-log.ts';

export const EPOCH = parseEpochId(12);
export const CHALLENGE = new Uint8Array(32).fill(0xc1);
const NEXT = new Uint8Array(32).fill(0xc2);
/** Of the file: the log's Ed25519 key alone signs it. */
export const EXAM_KEYS = [logKey];

const hashOf = (value: JsonValue): string => toHex(portableSha256(utf8(canonicalJson(value))));
const json = (value: object): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;

const pool = parsePool(
  canonicalJson({
    pool: 'general',
    uses: 2,
    name: 'general',
    version: '1',
    prompts: Array.from({ length: 12 }, (_one, at) => ({
      id: `item-${at}`,
      dimension: at % 2 === 0 ? 'honesty' : 'refusal',
      prompt: `Question ${at}?`,
      assert: [{ type: 'contains', value: 'yes' }],
      ...(at === 4 ? { paraphraseOf: 'item-2' } : {}),
    })),
  }),
);
const sealed = sealPool(
  pool.items,
  pool.items.map((_one, at) => new Uint8Array(32).fill(at + 1)),
);

/** What a dishonest controller does otherwise. */
export interface Lies {
  /** Adds to the data of entries of a type. */
  readonly data?: Readonly<Record<string, object>>;
  /** Replaces the grades of the first examiner in its entry. */
  readonly grades?: (honest: readonly { index: number; score: number }[]) => JsonValue;
  /** Leaves the entries of a type out. */
  readonly without?: readonly string[];
  /** The first result is logged before its commitment. */
  readonly gradesFirst?: boolean;
  /** The challenge that is revealed. */
  readonly challenge?: Uint8Array;
  /** The node that the exam is said to be of. */
  readonly nodeId?: NodeId;
  /** The promise is made by the draw of an earlier exam. */
  readonly earlier?: boolean;
  /** Somebody who was not drawn answers too. */
  readonly stranger?: boolean;
  /** The exam is cancelled: no lie, unless results count all the same. */
  readonly cancelled?: 'restored' | 'erased' | 'unknown';
  /** When the restore was that has cancelled it; null: there was none. */
  readonly restoredAtMs?: number | null;
  /** The node whose details were erased; null: none was. */
  readonly erased?: NodeId | null;
  /** The grades of the first examiner that are recorded; it has signed the honest ones. */
  readonly forged?: Lies['grades'];
  /** The result of the first examiner is taken out, and it is said to be outvoted. */
  readonly outvotes?: boolean;
  /** The node is a little worse; no lie. */
  readonly worse?: boolean;
  /** What the first examiner is said to have sent, whatever it is. */
  readonly message?: string;
  /** Every item is counted in the other dimension. */
  readonly swapsDimensions?: boolean;
  /** What was remembered of the exam. */
  readonly evidence?: (honest: ExamEvidence | undefined) => ExamEvidence | null;
}

export interface ExamStory {
  readonly log: MeshLog;
  readonly drawn: DrawnExam;
  readonly headSize: number;
  readonly live: readonly number[];
  readonly eligible: readonly NodeId[];
  readonly messages: NonNullable<ExamFile['messages']>;
}

export const examPolicy = parsePolicy({
  threshold: 0.9,
  exams: { pool: 'general', service: { port: 8_000 } },
});
/** How many entries there are before those of exams. */
export const PREAMBLE = 7;

export const eligible = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e'].map((id) => parseNodeId(id));
const GONE = 7;
const identityOf = (id: string): Uint8Array => new Uint8Array(32).fill(id.charCodeAt(5));

/** What an examiner sends. */
export function signedResult(
  examiner: string,
  fields: { readonly exam_id: string; readonly transcript_sha256: string; readonly grades: JsonValue },
  signer = examiner,
): string {
  const body = { mesh_id: MESH, node_id: examiner, timestamp: formatRfc3339(NOON), ...fields };
  return JSON.stringify(signMessage('exam_result', body, identityOf(signer)));
}

export function examStory(lies: Lies = {}): ExamStory {
  const log = new MeshLog(examPolicy);
  const messages: { index: number; message: string }[] = [];
  addPolicy(log);
  for (const id of eligible)
    log.add(
      'node_enrolled',
      { class: 'default', identity_key: encodeBase64(ed25519PublicKey(identityOf(id))) },
      { nodeId: id },
    );
  const add = (
    type: string,
    data: object,
    rest: { details?: object; nodeId?: NodeId; atMs?: number } = {},
  ) => {
    if (lies.without?.includes(type)) return;
    const details = rest.details === undefined ? {} : { details: json(rest.details) as never };
    const nodeId = rest.nodeId === undefined ? {} : { nodeId: rest.nodeId };
    const epochId = type === 'exam_drawn' ? { epochId: EPOCH } : {};
    const atMs = rest.atMs === undefined ? {} : { atMs: rest.atMs };
    const shared = { ...nodeId, ...epochId, ...details, ...atMs };
    log.add(type, json({ ...data, ...lies.data?.[type] }) as never, shared);
  };
  const root = encodeBase64(sealed.root);
  const examId = (n: number) => `${n}`.padStart(32, '0');
  add('exam_pool_loaded', { pool: 'general', root, uses: 2, items: 12, pairs: pool.pairs });
  add('exam_items_retired', { pool: 'general', root, indices: [GONE] });
  if (lies.earlier) {
    add('exam_drawn', {
      ...{ exam_id: examId(1), pool: 'general', root, head: { size: 1, root_hash: root } },
      ...{ eligible_commitment: hashOf(1), live_sha256: hashOf(1), examiners: 1, asks: 1 },
      next_challenge_sha256: challengeDigest(CHALLENGE),
    });
    const end = { exam_id: examId(1), challenge: toHex(NEXT), results: 0, outvoted: [], disagree: false };
    add('exam_closed', end, { nodeId: NODE, details: { exam: null, evidence: FAILED } });
  } else add('exam_promised', { challenge_sha256: challengeDigest(CHALLENGE) }, { nodeId: NODE });
  log.add('controller_started', { version: '1' });

  const headSize = log.drafts.length;
  const live = pool.items.map((_one, at) => at).filter((at) => at !== GONE);
  const head = { size: headSize, root: rootAt(log, headSize) };
  const list = eligibleNodes(eligible);
  const drawn = drawExam({
    ...{ meshId: MESH, nodeId: NODE, epochId: EPOCH, challenge: CHALLENGE, head, poolRoot: sealed.root },
    ...{ pairs: pool.pairs, live, eligible: list, examiners: 3, items: 6 },
  });
  const challenge = toHex(lies.challenge ?? CHALLENGE);
  log.add('controller_started', { version: '1' });
  add('exam_drawn', {
    ...{ exam_id: drawn.examId, pool: 'general', root },
    head: { size: headSize, root_hash: encodeBase64(head.root) },
    eligible_commitment: hashOf({ challenge: toHex(CHALLENGE), eligible_sha256: list.sha256 }),
    ...{ live_sha256: hashOf(live), examiners: 3, asks: 6, next_challenge_sha256: challengeDigest(NEXT) },
  });

  const results = drawn.assignments.map(({ examinerId, items }, at) => ({
    examinerId,
    grades: items.map((index) => ({
      ...{ index, dimension: dimensionOf(index, lies), weight: 1 },
      score: (index + at) % (lies.worse ? 4 : 5) === 0 ? 0 : 1,
    })),
  }));
  const answers = results.map(({ examinerId: examiner, grades }, at) => {
    const fields = { exam_id: drawn.examId, transcript_sha256: hashOf(at) };
    const honest = grades.map(({ index, score }) => ({ index, score }));
    const signed = at === 0 && lies.grades !== undefined ? lies.grades(honest) : honest;
    const told = at === 0 && lies.forged !== undefined ? lies.forged(honest) : signed;
    const sent = signedResult(examiner, { ...fields, grades: signed });
    const message = (at === 0 ? lies.message : undefined) ?? sent;
    return {
      commit: () => add('exam_committed', { ...fields, examiner, message_sha256: hashOf(at) }),
      grade: () => {
        const sha256 = toHex(portableSha256(utf8(message)));
        if (!lies.without?.includes('exam_result')) messages.push({ index: log.drafts.length, message });
        add('exam_result', { ...fields, examiner, message_sha256: sha256 }, { details: { grades: told } });
      },
    };
  });
  const [first] = answers;
  if (lies.gradesFirst) first?.grade();
  for (const { commit } of answers) commit();
  for (const one of answers) if (!(lies.gradesFirst && one === first)) one.grade();
  if (lies.stranger) {
    const shared = {
      exam_id: drawn.examId,
      examiner: 'node-z',
      transcript_sha256: hashOf(9),
      message_sha256: hashOf(9),
    };
    add('exam_committed', shared);
  }
  const close = (some: typeof results) =>
    closeExam(
      { honestExaminerBudget: 10_000 },
      { examId: drawn.examId, closedAtMs: NOON, results: some, pairs: pool.pairs },
    );
  const honest = close(lies.cancelled ? [] : results);
  const [outcast] = results;
  const { closed, outvoted } =
    lies.outvotes && outcast !== undefined
      ? { closed: { ...close(results.slice(1)).closed, outvoted: 1 }, outvoted: [outcast.examinerId] }
      : honest;
  const evidence = lies.cancelled
    ? undefined
    : nextExam(examPolicy, lies.earlier ? FAILED : undefined, closed, undefined);
  // A restore cancels in its own transaction; an erasure comes after the end of the exam.
  const closedAtMs = log.lastMs() + 1_000;
  const { restoredAtMs = closedAtMs, erased = NODE } = lies;
  if (lies.cancelled === 'restored' && restoredAtMs !== null)
    log.add('backup_restored', { backup_id: 'a', lost_entries: 0 }, { atMs: restoredAtMs });
  add(
    'exam_closed',
    {
      ...{ exam_id: drawn.examId, challenge, results: closed.examiners, outvoted, disagree: closed.disagree },
      policy_version: 1,
      ...(lies.cancelled === undefined ? {} : { cancelled: lies.cancelled }),
    },
    {
      nodeId: lies.nodeId ?? NODE,
      atMs: closedAtMs,
      details: {
        exam: closed,
        evidence: (lies.evidence === undefined ? evidence : lies.evidence(evidence)) ?? null,
      },
    },
  );
  if (lies.cancelled === 'erased' && erased !== null)
    log.add('node_details_erased', { erased_before: 1 }, { nodeId: erased });
  return { log, drawn, headSize, live, eligible, messages };
}

function dimensionOf(index: number, { swapsDimensions = false }: Lies): string {
  const own = pool.items[index]?.dimension ?? '';
  return swapsDimensions ? (own === 'honesty' ? 'refusal' : 'honesty') : own;
}

/** What is remembered of a node that failed the exam before. */
const FAILED: ExamEvidence = {
  sinceMs: NOON,
  last: {
    ...{ examId: '1'.padStart(32, '0'), closedAtMs: NOON, examiners: 3, disagree: false, byPoint: false },
    tallies: { overall: { items: 60, weight: 60, squares: 60, good: 6 } },
  },
};

function rootAt(log: MeshLog, size: number): Uint8Array {
  const [, , root = ''] = new MeshTree(log).head(size, NOON + 3_600_000, EXAM_KEYS).split('\n');
  return new Uint8Array(Buffer.from(root, 'base64'));
}

/** Items that were asked, as they are opened when they are retired. */
export const openedOf = ({ drawn }: ExamStory, count = 2): OpenedItem[] =>
  (drawn.assignments[0]?.items ?? []).slice(0, count).map((index) => sealed.open(index));

export function examFile(story: ExamStory, changes: Partial<ExamFile> = {}): ExamFile {
  const tree = new MeshTree(story.log);
  return {
    meshId: MESH,
    nodeId: NODE,
    examId: story.drawn.examId,
    checkpoint: tree.head(undefined, undefined, EXAM_KEYS),
    drawnHead: tree.linkTo(story.headSize)?.path ?? [],
    eligible: story.eligible,
    live: story.live,
    opened: openedOf(story),
    messages: [...story.messages].sort((one, other) => one.index - other.index),
    entries: tree.entries.map((_one, index) => tree.proven(index)),
    ...changes,
  };
}
