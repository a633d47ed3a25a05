// GET /v1/exams/opened/{pool}, for anybody: the items of a pool that are drawn no more, each with its salt
// and the way from its leaf to the root that the log has. Items that an exam is still about come later.

import { type SealedItem, sealedPool } from '@mesh/harness';
import { platformSha256 } from '@mesh/host';
import type { ExamPoolRecord, MeshView } from '@mesh/membership';
import { type OpenedItems, ProblemError, problem } from '@mesh/protocol';
import type { Env, Handler } from 'hono';
import { openedIndices } from '../../publish/opened-items.ts';
import type { ExamEntries } from '../../store/exam-entries.ts';

export interface OpenedItemsPorts {
  readonly view: MeshView;
  readonly examEntries: Pick<ExamEntries, 'of'>;
}

export function openedItemsRoute<E extends Env>(ports: OpenedItemsPorts): Handler<E> {
  const { view, examEntries } = ports;
  const answers = new Answers();
  return (context) => {
    const name = context.req.param('pool');
    const pool = newestOf(view, name ?? '');
    const [logIndex] = pool === undefined ? [] : examEntries.of(pool.root);
    if (pool === undefined || logIndex === undefined)
      throw new ProblemError(problem('not_found', `there is no pool ${name}`));
    return context.json(answers.of(pool, openedIndices(view, pool), logIndex));
  };
}

/** A withdrawn pool too: what was drawn from it stays verifiable. */
function newestOf(view: MeshView, name: string): ExamPoolRecord | undefined {
  return [...view.exams().pools()].findLast((pool) => pool.name === name);
}

/** The newest answer of each pool, because a tree of a pool costs a thousand hashes and anybody may ask. */
class Answers {
  readonly #made = new Map<string, { readonly count: number; readonly answer: OpenedItems }>();

  of(pool: ExamPoolRecord, indices: readonly number[], logIndex: number): OpenedItems {
    const known = this.#made.get(pool.root);
    // Items are never closed again, so as many items are the same items.
    if (known?.count === indices.length) return known.answer;
    const sealed = sealedPool(pool.items as readonly SealedItem[], platformSha256);
    const answer: OpenedItems = {
      pool: pool.name,
      root: pool.root,
      size: pool.items.length,
      log_index: logIndex,
      items: indices.map((index) => {
        const { salt, item, path } = sealed.open(index);
        return { index, salt, item: item as OpenedItems['items'][number]['item'], path: [...path] };
      }),
    };
    this.#made.set(pool.root, { count: indices.length, answer });
    return answer;
  }
}
