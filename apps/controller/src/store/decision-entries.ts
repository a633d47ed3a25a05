// Finds a decision on a node in the log, and the entries that it rests on.

import { type AuditEntry, parseEntry } from '@mesh/audit';
import { DECISION_TYPES, STANDING_TYPES } from '@mesh/evidence';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { ENTRY, movedTilesOf } from './moved-tiles.ts';
import { PolicyEntries } from './policy-entries.ts';

export interface DecisionQuery {
  readonly nodeId: NodeId;
  /** Only entries before this one. */
  readonly before: number;
  /** The decision that held in this epoch; absent: the newest. */
  readonly epochId?: EpochId | undefined;
  /** Only decisions that cut the node. */
  readonly denial: boolean;
}

const DENIAL = ['node_denied'];
const ENROLMENT = 'node_enrolled';
/** What says of which class a node is, and which key it signs with. */
const CLASS = [[ENROLMENT], ['node_class_changed']];
const KEY = [[ENROLMENT], ['identity_key_changed']];

export class DecisionEntries {
  readonly #policies: PolicyEntries;
  readonly #last: Statement;
  readonly #backwards: Statement;
  readonly #entry: Statement;
  readonly #previousResult: Statement;
  readonly #restore: Statement;

  constructor(db: Database) {
    movedTilesOf(db);
    this.#policies = new PolicyEntries(db);
    this.#last = db
      .prepare(
        `SELECT log_index FROM log_entries
         WHERE node_id = @node AND previous_result IS NULL AND log_index < @before
           AND json_extract(CAST(${ENTRY} AS TEXT), '$.type') IN (SELECT value FROM json_each(@types))
           AND (@epoch IS NULL OR json_extract(CAST(${ENTRY} AS TEXT), '$.epoch_id') <= @epoch)
         ORDER BY log_index DESC LIMIT 1`,
      )
      .pluck();
    this.#backwards = db.prepare(
      `SELECT log_index, json_extract(CAST(${ENTRY} AS TEXT), '$.type') AS type FROM log_entries
       WHERE node_id = ? AND previous_result IS NULL AND log_index < ? ORDER BY log_index DESC`,
    );
    this.#entry = db.prepare(`SELECT ${ENTRY} FROM log_entries WHERE log_index = ?`).pluck();
    this.#previousResult = db.prepare('SELECT previous_result FROM log_entries WHERE log_index = ?').pluck();
    this.#restore = db
      .prepare(
        `SELECT log_index FROM log_entries
         WHERE log_index < ? AND json_extract(CAST(${ENTRY} AS TEXT), '$.type') = 'backup_restored'
         ORDER BY log_index DESC LIMIT 1`,
      )
      .pluck();
  }

  /** @returns the index of the decision; undefined if there is none */
  find({ nodeId, before, epochId, denial }: DecisionQuery): number | undefined {
    return this.#lastOf(nodeId, before, denial ? DENIAL : DECISION_TYPES, epochId);
  }

  /**
   * The indices of the entries that a decision rests on, itself included, in order: the policy, the one under
   * which the result came, the result and the one before, and the newest entries that say how the node stood
   * at the result and at the decision.
   */
  groundsOf(decision: number): number[] {
    const { nodeId, data } = this.#read(decision);
    if (nodeId === undefined) throw new RangeError(`entry ${decision} is not about a node`);
    const { policy_version: version, benchmark_index: result } = data;
    const results = typeof result === 'number' ? this.#resultAndBefore(result) : [];
    const moments = typeof result === 'number' ? [decision, result] : [decision];
    const standing = this.#standingAt(nodeId, moments);
    const policy = typeof version === 'number' ? this.#policies.of(version) : [];
    const earlier = typeof result === 'number' ? this.#policies.inForceBefore(result) : [];
    const all = new Set([...policy, ...earlier, ...results, ...standing, decision]);
    return [...all].sort((one, other) => one - other);
  }

  /**
   * The indices of the entries that the closing of an exam rests on beside those of the exam: the policy, the
   * class of the examined node, the key of each examiner when its result came, and the restore that cancelled
   * it. An erasure that cancels an exam takes it out of the database.
   */
  groundsOfExam(
    closed: number,
    results: readonly { readonly index: number; readonly examiner: NodeId }[],
  ): number[] {
    const { nodeId, data } = this.#read(closed);
    const { policy_version: version, cancelled } = data;
    const restore = cancelled === 'restored' ? this.#restore.get(closed) : undefined;
    return [
      ...(typeof version === 'number' ? this.#policies.of(version) : []),
      ...(typeof restore === 'number' ? [restore] : []),
      ...(nodeId === undefined ? [] : this.#standingAt(nodeId, [closed], CLASS)),
      ...results.flatMap(({ index, examiner }) => this.#standingAt(examiner, [index], KEY)),
    ];
  }

  /**
   * The newest entry of each line before each moment, back to the node's enrolment. It reads each entry once:
   * old ones may be in a file.
   */
  #standingAt(
    nodeId: NodeId,
    moments: readonly number[],
    lineTypes: readonly (readonly string[])[] = STANDING_TYPES,
  ): number[] {
    const found = moments.map((before) => ({ before, lines: new Map<number, number>() }));
    const rows = this.#backwards.iterate(nodeId, Math.max(...moments)) as Iterable<{
      readonly log_index: number;
      readonly type: string;
    }>;
    for (const { log_index: index, type } of rows) {
      const line = lineTypes.findIndex((types) => types.includes(type));
      for (const { before, lines } of found)
        if (line >= 0 && index < before && !lines.has(line)) lines.set(line, index);
      if (type === ENROLMENT) break;
    }
    return found.flatMap(({ lines }) => [...lines.values()]);
  }

  #resultAndBefore(result: number): number[] {
    const before = this.#previousResult.get(result) as number | null | undefined;
    return typeof before === 'number' && before >= 0 ? [before, result] : [result];
  }

  #lastOf(
    nodeId: NodeId,
    before: number,
    types: readonly string[],
    epochId?: EpochId | undefined,
  ): number | undefined {
    const query = { node: nodeId, before, types: JSON.stringify(types), epoch: epochId ?? null };
    return this.#last.get(query) as number | undefined;
  }

  #read(index: number): AuditEntry {
    return parseEntry(new Uint8Array(this.#entry.get(index) as Uint8Array));
  }
}
