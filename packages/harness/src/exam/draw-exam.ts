// Who examines a node in one exam, and with which items in which order. It follows from the seed, the pool,
// the items that are live and the nodes that are eligible; the order in which they are listed changes
// nothing.

import {
  canonicalJson,
  compareIds,
  type NodeId,
  portableSha256,
  type Sha256Hex,
  sha256Hex,
  utf8,
} from '@mesh/primitives';
import { HarnessError } from '../harness-error.ts';
import { type DrawBelow, drawStream } from './draw-stream.ts';
import { examIdOf, examSeed, type SeedInputs } from './exam-seed.ts';
import type { PoolPair } from './pool.ts';

const EXAMINERS_LABEL = 'mesh/exam/v1/examiners';
const ITEMS_LABEL = 'mesh/exam/v1/items';

/** The nodes that can be drawn as examiners, the examined one perhaps among them. */
export interface EligibleNodes {
  /** In the order of their ids. */
  readonly ids: readonly NodeId[];
  /** Of the canonical JSON of the list. */
  readonly sha256: Sha256Hex;
}

/**
 * Made once for all exams that share the nodes.
 *
 * @throws HarnessError `invalid_draw` for a node given twice
 */
export function eligibleNodes(nodes: Iterable<NodeId>): EligibleNodes {
  const ids = [...nodes].sort(compareIds);
  if (ids.some((id, at) => id === ids[at + 1]))
    throw new HarnessError('invalid_draw', 'a node is eligible once: list each node once');
  return { ids, sha256: sha256Hex(portableSha256(utf8(canonicalJson(ids)))) };
}

export interface ExamDraw extends SeedInputs {
  readonly pairs: readonly PoolPair[];
  /** Indices of the items that are not retired, ascending. */
  readonly live: readonly number[];
  readonly eligible: EligibleNodes;
  /** How many examiners there are to be. */
  readonly examiners: number;
  /** How many items each is to ask. */
  readonly items: number;
}

export interface DrawnExam {
  readonly examId: string;
  /** In the order in which they were drawn; fewer than asked for where fewer are eligible. */
  readonly assignments: readonly {
    readonly examinerId: NodeId;
    /** Indices in the order in which they are asked; fewer than asked for where the pool has no more. */
    readonly items: readonly number[];
  }[];
}

/** @throws HarnessError `invalid_draw`; PrimitivesError for invalid ids */
export function drawExam(draw: ExamDraw): DrawnExam {
  const seed = examSeed(draw);
  const examiners = drawExaminers(seed, draw.eligible, draw.nodeId, draw.examiners);
  const assignments = examiners.map((examinerId) => ({
    examinerId,
    items: drawItems(seed, examinerId, draw),
  }));
  return { examId: examIdOf(seed), assignments };
}

/** Without replacement; a node never examines itself. */
export function drawExaminers(
  seed: Uint8Array,
  { ids }: EligibleNodes,
  examined: NodeId,
  count: number,
): NodeId[] {
  const own = ids.indexOf(examined);
  const others = own < 0 ? ids.length : ids.length - 1;
  const below = drawStream(seed, EXAMINERS_LABEL);
  return sample(others, count, below).map((at) => ids[own >= 0 && at >= own ? at + 1 : at] as NodeId);
}

/**
 * Items without replacement. Where the pool has pairs of which both are live, a quarter as many pairs as
 * items are drawn first, so half of the items; of any other pair at most one item is drawn.
 *
 * @throws HarnessError `invalid_draw` if `live` is not ascending
 */
export function drawItems(
  seed: Uint8Array,
  examinerId: NodeId,
  { live, pairs, items: count }: Pick<ExamDraw, 'live' | 'pairs' | 'items'>,
): number[] {
  if (
    live.some(
      (index, at) => !Number.isSafeInteger(index) || index < 0 || index >= (live[at + 1] ?? index + 1),
    )
  )
    throw new HarnessError('invalid_draw', 'the live items are listed by their indices, each once');
  const below = drawStream(seed, ITEMS_LABEL, examinerId);
  const isLive = new Set(live);
  const whole = pairs
    .filter(([known, paraphrase]) => isLive.has(known) && isLive.has(paraphrase))
    .sort(([one], [other]) => one - other);
  const together = sample(whole.length, Math.floor(count / 4), below).flatMap((at) => whole[at] as PoolPair);
  const twinOf = new Map(
    whole.flatMap(([known, paraphrase]) => [
      [known, paraphrase],
      [paraphrase, known],
    ]),
  );
  const drawn = new Set<number>(together);
  const others = live.filter((index) => !drawn.has(index));
  for (const at of sample(others.length, others.length, below)) {
    if (drawn.size >= count) break;
    const index = others[at] as number;
    const twin = twinOf.get(index);
    if (twin === undefined || !drawn.has(twin)) drawn.add(index);
  }
  const asked = [...drawn];
  return sample(asked.length, asked.length, below).map((at) => asked[at] as number);
}

/** Some of the numbers from 0 to below `size`, in random order: the beginning of a Fisher-Yates shuffle. */
function sample(size: number, count: number, below: DrawBelow): number[] {
  const moved = new Map<number, number>();
  return Array.from({ length: Math.min(size, count) }, (_one, at) => {
    const from = at + below(size - at);
    const value = moved.get(from) ?? from;
    moved.set(from, moved.get(at) ?? at);
    return value;
  });
}
