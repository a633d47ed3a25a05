// Loads a sealed pool of exam items, or withdraws one. What is drawn for a policy is of the newest pool of
// the name that it gives.

import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { ExamPool } from '../events/exams.ts';
import { poolInUse } from '../state/exams-view.ts';
import { type Command, done, refused } from './outcome.ts';

/** Each can be as long as a suite, and all of them are in memory. */
const MAX_POOLS = 64;

export interface PoolLoad {
  readonly pool: ExamPool;
  readonly why: string;
  readonly actor: Actor;
}

export function loadPool({ pool, why, actor }: PoolLoad): Command {
  return (view) => {
    const pools = [...view.exams().pools()];
    if (pools.some(({ root }) => root === pool.root))
      return refused(problem('state_conflict', 'these salted items are loaded already: nothing was changed'));
    if (pools.filter(({ isWithdrawn }) => !isWithdrawn).length >= MAX_POOLS)
      return refused(
        problem(
          'state_conflict',
          `there are ${MAX_POOLS} pools, and nothing was changed: withdraw one with: meshctl exam withdraw NAME`,
        ),
      );
    return done([{ type: 'exam_pool_loaded', pool, why, actor }]);
  };
}

export interface PoolWithdrawal {
  /** As the operator wrote it. */
  readonly name: string;
  readonly why: string;
  readonly actor: Actor;
}

/** Withdraws the pool that is in use under a name. One that was loaded before it is in use again then. */
export function withdrawPool({ name, why, actor }: PoolWithdrawal): Command {
  return (view) => {
    const pool = poolInUse(view.exams(), name);
    if (pool === undefined)
      return refused(
        problem('not_found', `there is no pool ${name} in use; list the pools with: meshctl exam pools`),
      );
    return done([{ type: 'exam_pool_withdrawn', pool: pool.name, root: pool.root, why, actor }]);
  };
}
