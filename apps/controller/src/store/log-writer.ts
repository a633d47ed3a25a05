// Appends log entries, and keeps the right edge of the Merkle tree over the committed entries.

import {
  commitDetails,
  DETAILS_SALT_LENGTH_BYTES,
  type DetailsCommitment,
  type JsonObject,
  leafHash,
  renderEntry,
  type TileEdge,
  type WrittenTile,
} from '@mesh/audit';
import { drawAhead, platformSha256 } from '@mesh/host';
import type { AcceptedBenchmark, MeshEvent } from '@mesh/membership';
import { isDecision, isExamEvent, isRecordedInTime, judgedByFields, logEntryOf } from '@mesh/membership';
import { defined, encodeBase64, type MeshId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import type { BenchmarkPlaces } from './benchmark-places.ts';
import { ExamEntries } from './exam-entries.ts';
import { type JudgedNode, judgedDetails } from './judged-details.ts';
import { LogTiles } from './log-tiles.ts';
import type { LoggedResults } from './logged-results.ts';
import { NewestMessages } from './newest-messages.ts';
import { PolicyEntries } from './policy-entries.ts';
import { readEdge } from './read-edge.ts';
import { DetailsWriter, type EntryDetails } from './sealed-details.ts';
import { StateEntries } from './state-entries.ts';
import { ToldRows } from './told-rows.ts';

/** Events that a policy causes and that are not decisions on nodes. */
const BY_POLICY: readonly MeshEvent['type'][] = ['brake_engaged', 'exam_closed'];
/** In the place of an entry: there is none, or only one from before such places were noted. */
const NO_ENTRY = -1;

export interface LogHead {
  readonly size: number;
  /** RFC 6962 root, base64. */
  readonly rootHash: string;
}

export interface LogWriterOptions {
  readonly db: Database;
  readonly meshId: MeshId;
  readonly sealer: Sealer;
  /** Noted for each benchmark that is logged. */
  readonly places: BenchmarkPlaces;
  /** The same, with the leaf of its entry. */
  readonly results: LoggedResults;
  readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * Writes rows inside the caller's transaction. The caller reports with `commit` or `rollback` how the
 * transaction ended.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #insertEntry: Statement;
  readonly #details: DetailsWriter;
  readonly #policies: PolicyEntries;
  readonly #exams: ExamEntries;
  readonly #state: StateEntries;
  readonly #told: ToldRows;
  readonly #messages: NewestMessages;
  readonly #tiles: LogTiles;
  readonly #nextSalt: () => Uint8Array;
  #committed: TileEdge;
  #pending: TileEdge;
  #pendingDetails: EntryDetails[] = [];
  /** Full tiles of committed entries that are not stored yet. */
  #missingTiles: readonly WrittenTile[];
  /** Those that pending entries have filled. */
  #pendingTiles: WrittenTile[] = [];
  #head: LogHead | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    const { db } = options;
    this.#insertEntry = db.prepare(
      'INSERT INTO log_entries (log_index, node_id, entry, previous_result) VALUES (?, ?, ?, ?)',
    );
    this.#details = new DetailsWriter(db, options.sealer);
    this.#policies = new PolicyEntries(db);
    this.#exams = new ExamEntries(db);
    this.#state = new StateEntries(db);
    this.#messages = new NewestMessages(db, options.sealer);
    this.#told = new ToldRows(db, options.sealer);
    this.#tiles = new LogTiles(db);
    this.#nextSalt = drawAhead(options.randomBytes, DETAILS_SALT_LENGTH_BYTES);
    const { edge, missing } = readEdge(db, this.#tiles);
    this.#committed = edge;
    this.#missingTiles = missing;
    this.#pending = edge.clone();
  }

  /** The head of the log as it is on disk. */
  head(): LogHead {
    let head = this.#head;
    if (head === undefined || head.size !== this.#committed.size) {
      head = { size: this.#committed.size, rootHash: encodeBase64(this.#committed.root()) };
      this.#head = head;
    }
    return head;
  }

  /** The edge of the tree over the entries that are on disk; a copy. */
  edge(): TileEdge {
    return this.#committed.clone();
  }

  /** A mark to return to if one item of a batch is undone. */
  mark(): LogMark {
    return {
      edge: this.#pending.clone(),
      details: this.#pendingDetails.length,
      tiles: this.#pendingTiles.length,
    };
  }
  returnTo({ edge, details, tiles }: LogMark): void {
    this.#pending = edge;
    this.#pendingDetails.length = details;
    this.#pendingTiles.length = tiles;
  }
  /** Writes what belongs to all pending entries. Call it at the end of their transaction. */
  endBatch(): void {
    this.#details.write(this.#pendingDetails);
    this.#tiles.write(this.#missingTiles);
    this.#tiles.write(this.#pendingTiles);
  }
  commit(): void {
    this.#committed = this.#pending.clone();
    this.#pendingDetails = [];
    this.#missingTiles = [];
    this.#pendingTiles = [];
  }
  rollback(): void {
    this.#pending = this.#committed.clone();
    this.#pendingDetails = [];
    this.#pendingTiles = [];
  }

  append(event: MeshEvent, atMs: number, around: AroundEvent): void {
    const content = logEntryOf(event);
    const index = this.#pending.size;
    const details = this.#commitTo(index, event, content.details as Details, around);
    const entry = renderEntry({
      index,
      atMs,
      meshId: this.#options.meshId,
      type: content.type,
      ...defined({ nodeId: content.nodeId, epochId: content.epochId, detailsCommitment: details }),
      data: { ...content.data, ...this.#judgedBy(event, around) },
    } as Parameters<typeof renderEntry>[0]);
    this.#insertEntry.run(index, content.nodeId ?? null, entry, this.#previousResult(event, around.before));
    const leaf = leafHash(entry, platformSha256);
    if (event.type === 'benchmark_accepted') this.#noteResult(event, index, leaf);
    if (event.type === 'configs_told') this.#told.write(event.batch, index);
    if (event.type === 'policy_changed' || event.type === 'policy_applied') this.#policies.note(event, index);
    if (isExamEvent(event)) this.#exams.note(event, index);
    this.#state.note(event.type, index, content.nodeId);
    this.#pendingTiles.push(...this.#pending.append(leaf));
  }

  #noteResult(event: MeshEvent & { type: 'benchmark_accepted' }, index: number, leaf: Uint8Array): void {
    const { nodeId, benchmark, signedBody } = event;
    this.#options.places.note(benchmark, index);
    this.#options.results.note(event, { index, leaf });
    if (signedBody !== undefined) this.#messages.note(nodeId, benchmark, index, signedBody);
  }

  #judgedBy(event: MeshEvent, { judged, policyVersion }: AroundEvent): ReturnType<typeof judgedByFields> {
    if (isDecision(event))
      return judgedByFields({ policyVersion, benchmarkIndex: this.#indexOf(judged?.node.latest) });
    return BY_POLICY.includes(event.type) ? defined({ policy_version: policyVersion }) : {};
  }

  #commitTo(
    index: number,
    event: MeshEvent,
    content: Details,
    { judged }: AroundEvent,
  ): DetailsCommitment | undefined {
    const isInTime = isDecision(event) && isRecordedInTime(event);
    const details = isInTime && judged !== undefined ? judgedDetails(content, judged) : content;
    if (details === undefined) return undefined;
    const salt = this.#nextSalt();
    const message = this.#messageOf(event, judged);
    this.#pendingDetails.push({
      index,
      salt: encodeBase64(salt),
      details,
      ...(event.type === 'benchmark_accepted' ? { benchmark: event.benchmark } : {}),
      ...defined({ message }),
    });
    return commitDetails(salt, details, platformSha256);
  }

  /** What a node has signed, and the event rests on. */
  #messageOf(event: MeshEvent, judged: JudgedNode | undefined): string | undefined {
    if (event.type === 'exam_result') return event.signedBody && Buffer.from(event.signedBody).toString();
    const newest = judged?.node.latest;
    return newest && judged && this.#messages.textOf(judged.node.nodeId, newest, this.#indexOf(newest));
  }

  /** @returns undefined also for a benchmark from before its entry held its details */
  #indexOf(benchmark: AcceptedBenchmark | undefined): number | undefined {
    const place = benchmark === undefined ? 'row' : this.#options.places.of(benchmark);
    return place === 'row' ? undefined : place;
  }

  #previousResult(event: MeshEvent, before: AcceptedBenchmark | undefined): number | null {
    if (event.type !== 'benchmark_accepted') return null;
    const place = before === undefined ? 'row' : this.#options.places.of(before);
    return place === 'row' ? NO_ENTRY : place;
  }
}

/** What an entry says beyond its event. */
export interface AroundEvent {
  /** The node's newest benchmark before the event, if the event is a new benchmark. */
  readonly before: AcceptedBenchmark | undefined;
  /** Of the policy in force, if one was stored. */
  readonly policyVersion: number | undefined;
  /** The node before the event, if the event is a decision on it. */
  readonly judged: JudgedNode | undefined;
}

type Details = JsonObject | undefined;

interface LogMark {
  readonly edge: TileEdge;
  readonly details: number;
  readonly tiles: number;
}
