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
  encodeBase64,
  type JsonValue,
  type NodeId,
  parseEpochId,
  parseNodeId,
  portableSha256,
  toHex,
  utf8,
} from '@mesh/primitives';
import { closeExam } from '@mesh/scoring';
import type { ExamFile } from '../../src/index.ts';
import { logKey, MESH, MeshLog, MeshTree, NODE, NOON } from '../support/mesh-log.ts';

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
  readonly cancelled?: boolean;
}

export interface ExamStory {
  readonly log: MeshLog;
  readonly drawn: DrawnExam;
  readonly headSize: number;
  readonly live: readonly number[];
  readonly eligible: readonly NodeId[];
}

export const eligible = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e'].map((id) => parseNodeId(id));
const GONE = 7;

export function examStory(lies: Lies = {}): ExamStory {
  const log = new MeshLog();
  const add = (type: string, data: object, rest: { details?: object; nodeId?: NodeId } = {}) => {
    if (lies.without?.includes(type)) return;
    const details = rest.details === undefined ? {} : { details: json(rest.details) as never };
    const nodeId = rest.nodeId === undefined ? {} : { nodeId: rest.nodeId };
    const epochId = type === 'exam_drawn' ? { epochId: EPOCH } : {};
    log.add(type, json({ ...data, ...lies.data?.[type] }) as never, { ...nodeId, ...epochId, ...details });
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
    add('exam_closed', end, { nodeId: NODE });
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
      ...{ index, dimension: pool.items[index]?.dimension ?? '', weight: 1 },
      score: (index + at) % 5 === 0 ? 0 : 1,
    })),
  }));
  const answers = results.map(({ examinerId: examiner, grades }, at) => {
    const shared = {
      exam_id: drawn.examId,
      examiner,
      transcript_sha256: hashOf(at),
      message_sha256: hashOf(at),
    };
    const honest = grades.map(({ index, score }) => ({ index, score }));
    const told = at === 0 && lies.grades !== undefined ? lies.grades(honest) : honest;
    return {
      commit: () => add('exam_committed', shared),
      grade: () => add('exam_result', shared, { details: { grades: told } }),
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
  const { closed, outvoted } = closeExam(
    { honestExaminerBudget: 10_000 },
    { examId: drawn.examId, closedAtMs: NOON, results: lies.cancelled ? [] : results, pairs: pool.pairs },
  );
  add(
    'exam_closed',
    {
      ...{ exam_id: drawn.examId, challenge, results: closed.examiners, outvoted, disagree: closed.disagree },
      ...(lies.cancelled ? { cancelled: 'restored' } : {}),
    },
    { nodeId: lies.nodeId ?? NODE, details: { exam: closed, evidence: null } },
  );
  return { log, drawn, headSize, live, eligible };
}

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
    entries: tree.entries.map((_one, index) => tree.proven(index)),
    ...changes,
  };
}
