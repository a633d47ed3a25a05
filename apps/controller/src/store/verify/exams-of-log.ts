// Follows the log, and knows from it what the rows of pools, exams and examiners have to be. A pool's items
// are hashed again: they have to be those of the root that was logged.

import type { JsonObject } from '@mesh/audit';
import { type SealedItem, sealedPool } from '@mesh/harness';
import { platformSha256 } from '@mesh/host';
import type { ExamPoolRecord, ExamRecord } from '@mesh/membership';
import { encodeBase64 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import type { Sealer } from '../../trust/at-rest-sealer.ts';
import { readExams } from '../exam-rows.ts';
import type { FollowedEntry } from './followed-entry.ts';

interface LoggedPool {
  readonly name: string;
  isWithdrawn: boolean;
  readonly retired: number[];
}

interface LoggedExam {
  readonly root: string;
  readonly liveSha256: string;
  /** What each examiner has committed to. */
  readonly transcripts: Map<string, string>;
  readonly answered: Set<string>;
}

export class ExamsOfLog {
  readonly #pools = new Map<string, LoggedPool>();
  readonly #open = new Map<string, LoggedExam>();
  readonly #suspended = new Set<string>();
  /** The digests of challenges that were fixed. */
  readonly #promised = new Set<string>();

  /** Call it with every entry, in order. */
  follow({ type, data, node_id: nodeId }: FollowedEntry): void {
    switch (type) {
      case 'exam_pool_loaded':
        this.#pools.set(String(data.root), { name: String(data.pool), isWithdrawn: false, retired: [] });
        return;
      case 'exam_pool_withdrawn': {
        const pool = this.#pools.get(String(data.root));
        if (pool !== undefined) pool.isWithdrawn = true;
        return;
      }
      case 'exam_items_retired':
        this.#pools.get(String(data.root))?.retired.push(...(data.indices as number[]));
        return;
      case 'exam_promised':
        this.#promised.add(String(data.challenge_sha256));
        return;
      case 'exam_drawn':
      case 'exam_committed':
      case 'exam_result':
      case 'exam_closed':
        this.#followExam(type, data);
        return;
      case 'examiner_suspended':
        if (nodeId !== undefined) this.#suspended.add(nodeId);
        return;
      case 'examiner_restored':
        if (nodeId !== undefined) this.#suspended.delete(nodeId);
        return;
      default:
    }
  }

  #followExam(type: string, data: JsonObject): void {
    const examId = String(data.exam_id);
    const examiner = String(data.examiner);
    if (type === 'exam_drawn') this.#promised.add(String(data.next_challenge_sha256));
    if (type === 'exam_drawn')
      this.#open.set(examId, {
        root: String(data.root),
        liveSha256: String(data.live_sha256),
        transcripts: new Map(),
        answered: new Set(),
      });
    if (type === 'exam_committed')
      this.#open.get(examId)?.transcripts.set(examiner, String(data.transcript_sha256));
    if (type === 'exam_result') this.#open.get(examId)?.answered.add(examiner);
    if (type === 'exam_closed') this.#open.delete(examId);
  }

  /** @returns what differs in the rows, one phrase each */
  compare(db: Database, sealer: Sealer): string[] {
    const { pools, exams, examiners } = readExams(db, sealer);
    const suspended = [...examiners].filter(({ suspendedBy }) => suspendedBy !== undefined);
    return [
      ...missing(
        'pool',
        this.#pools,
        [...pools].map(({ root }) => root),
      ),
      ...[...pools].flatMap((pool) => this.#comparePool(pool)),
      ...missing(
        'exam',
        this.#open,
        [...exams].map(({ examId }) => examId),
      ),
      ...[...exams].flatMap((exam) => this.#compareExam(exam)),
      ...missing(
        'suspended examiner',
        this.#suspended,
        suspended.map(({ nodeId }) => nodeId),
      ),
    ];
  }

  #comparePool(pool: ExamPoolRecord): string[] {
    const logged = this.#pools.get(pool.root);
    if (logged === undefined) return [];
    const { root } = sealedPool(pool.items as readonly SealedItem[], platformSha256);
    return [
      ...differs(encodeBase64(root) !== pool.root, `pool ${pool.root}: its items are not those of its root`),
      ...differs(logged.name !== pool.name, `pool ${pool.root}: its row has another name than the log says`),
      ...differs(
        logged.isWithdrawn !== pool.isWithdrawn,
        `pool ${pool.root}: its row says otherwise than the log whether it is withdrawn`,
      ),
      ...differs(
        JSON.stringify(logged.retired) !== JSON.stringify(pool.retired),
        `pool ${pool.root}: its row has other retired items than the log says`,
      ),
    ];
  }

  #compareExam({ examId, root, challenge, liveSha256, assignments }: ExamRecord): string[] {
    const logged = this.#open.get(examId);
    if (logged === undefined) return [];
    const isSame =
      logged.root === root &&
      logged.liveSha256 === liveSha256 &&
      this.#promised.has(challenge.sha256) &&
      assignments.every(
        ({ examiner, transcriptSha256, grades }) =>
          logged.transcripts.get(examiner) === transcriptSha256 &&
          logged.answered.has(examiner) === (grades !== undefined),
      );
    return differs(!isSame, `exam ${examId}: its row is another than the log says`);
  }
}

const differs = (isDifferent: boolean, text: string): string[] => (isDifferent ? [text] : []);

/** What only one of the two has. */
function missing(
  what: string,
  logged: { has(key: string): boolean; keys(): Iterable<string> },
  rows: readonly string[],
): string[] {
  const found = new Set(rows);
  return [
    ...[...logged.keys()].filter((key) => !found.has(key)).map((key) => `${what} ${key}: its row is missing`),
    ...rows.filter((key) => !logged.has(key)).map((key) => `${what} ${key}: the log does not say so`),
  ];
}
