// What an exam is made of, as its events carry it: its pool, its challenge, and the grades of its examiners.

import type { EpochId, NodeId, Sha256Hex } from '@mesh/primitives';
import type { ExamGrading } from '@mesh/protocol';

/** As a suite has it. */
export type ExamAssertion = ExamGrading['grading'][number]['assert'][number];

/** A prompt of a pool with what its answer is graded by, as its leaf was made. */
export interface PoolItem {
  readonly id: string;
  readonly dimension: string;
  readonly prompt: string;
  readonly weight: number;
  readonly assert: readonly ExamAssertion[];
  /** The system message that goes before the prompt. */
  readonly system?: string;
  /** The id of the item that this one says in other words. */
  readonly paraphraseOf?: string | undefined;
}

export interface SaltedItem {
  readonly index: number;
  /** 32 random bytes, base64. Without it nobody can tell from a leaf what its item is. */
  readonly salt: string;
  readonly item: PoolItem;
}

/** A pool as it was loaded. The items are secret until they are opened. */
export interface ExamPool {
  readonly name: string;
  /** RFC 6962 root over the leaves of the items in their order, base64. It names the pool for ever. */
  readonly root: string;
  /** Name and version of the suite. */
  readonly suite: string;
  readonly version: string;
  /** In how many exams an item may be before it is retired. */
  readonly uses: number;
  readonly items: readonly SaltedItem[];
  /** Indices of items and of those that say the same in other words. */
  readonly pairs: readonly (readonly [known: number, paraphrase: number])[];
}

/** Where the examined node is asked, as the policy said when the exam was drawn. */
export interface ExamService {
  readonly port: number;
  readonly path: string;
  readonly api: 'openai' | 'anthropic' | 'ollama';
  readonly model?: string;
}

/** How an examiner graded one answer. */
export interface ExamGrade {
  readonly index: number;
  /** 0 to 1. */
  readonly score: number;
  readonly latencyMs?: number;
  /** Why there was no answer to grade. */
  readonly problem?: string;
}

/** One examiner's share of an exam. */
export interface ExamAssignment {
  readonly examiner: NodeId;
  /** Indices of the pool, in the order in which they were drawn. */
  readonly items: readonly number[];
  /** SHA-256 of the transcript, once the examiner has committed to it. */
  readonly transcriptSha256?: Sha256Hex;
  /** One for each item, once the examiner has sent them. */
  readonly grades?: readonly ExamGrade[];
}

export interface ExamChallenge {
  /** 32 random bytes, hex: secret until the exam that it is for is closed. */
  readonly challenge: string;
  /** Of the 32 bytes. */
  readonly sha256: Sha256Hex;
}

/** A head of the log that counts. */
export interface ExamHead {
  readonly size: number;
  /** RFC 6962 root, base64. */
  readonly rootHash: string;
}

/** An exam that is under way: one node, examined in one epoch by several examiners. */
export interface OpenExam {
  readonly examId: string;
  /** The examined node. */
  readonly nodeId: NodeId;
  /** The epoch at whose opening it was drawn. */
  readonly epochId: EpochId;
  readonly pool: string;
  readonly root: string;
  readonly challenge: ExamChallenge;
  readonly head: ExamHead;
  /** Of the list of all who could have been drawn as examiners. */
  readonly eligibleSha256: Sha256Hex;
  /** Of the canonical JSON of the indices that could be drawn, ascending. */
  readonly liveSha256: Sha256Hex;
  /** How many examiners, and items for each, the policy asked for. */
  readonly asked: { readonly examiners: number; readonly items: number };
  readonly service: ExamService;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly assignments: readonly ExamAssignment[];
}

/**
 * Why an exam was closed without a verdict: the database was restored from a backup, or what is known of the
 * node was erased.
 */
export type ExamCancellation = 'restored' | 'erased';

/** All who could have been drawn as examiners at a time. */
export interface ExaminerList {
  /** Sorted. */
  readonly ids: readonly NodeId[];
  /** Of the canonical JSON of `ids`. */
  readonly sha256: Sha256Hex;
}
