// GET and POST /v1/exams/pools, POST /v1/exams/pools/{pool}/withdraw: of the administration.

import { HarnessError, ITEM_SALT_LENGTH_BYTES, parsePool, sealPool } from '@mesh/harness';
import { platformSha256 } from '@mesh/host';
import { type ExamPool, type ExamPoolRecord, loadPool, type MeshView, withdrawPool } from '@mesh/membership';
import { encodeBase64, formatRfc3339 } from '@mesh/primitives';
import { loadPoolRequest, type PoolSummary, ProblemError, problem, reasonRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { MAX_POOL_BODY_BYTES } from '../gate/body-limit.ts';
import { readMessage } from '../receive/read-message.ts';

export interface ExamPoolPorts {
  readonly view: MeshView;
  readonly judge: Judge;
  readonly randomBytes: (length: number) => Uint8Array;
}

export function poolsRoute({ view }: Pick<ExamPoolPorts, 'view'>): Handler {
  return (context) => context.json({ pools: [...view.exams().pools()].map(summaryOf) });
}

export function loadPoolRoute(ports: ExamPoolPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, loadPoolRequest, MAX_POOL_BODY_BYTES);
    const pool = seal(message.text, ports.randomBytes);
    const { actor } = context.get('caller');
    await ports.judge.run(loadPool({ pool, why: message.reason, actor }));
    return context.json(stored(ports.view, pool.root));
  };
}

export function withdrawPoolRoute({ view, judge }: ExamPoolPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    const name = context.req.param('pool') ?? '';
    const events = await judge.run(
      withdrawPool({ name, why: message.reason, actor: context.get('caller').actor }),
    );
    const withdrawn = events.find((event) => event.type === 'exam_pool_withdrawn');
    if (withdrawn === undefined) throw new Error('nothing was withdrawn');
    return context.json(stored(view, withdrawn.root));
  };
}

/** @throws ProblemError `invalid_message` for a text that is no pool */
function seal(text: string, randomBytes: ExamPoolPorts['randomBytes']): ExamPool {
  try {
    const { pool, uses, name, version, items, pairs } = parsePool(text);
    const salts = items.map(() => randomBytes(ITEM_SALT_LENGTH_BYTES));
    const sealed = sealPool(items, salts, platformSha256);
    return {
      name: pool,
      root: encodeBase64(sealed.root),
      suite: name,
      version,
      uses,
      items: sealed.items,
      pairs,
    };
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new ProblemError(problem('invalid_message', error.message.slice(0, 8_000)));
  }
}

function stored(view: MeshView, root: string): PoolSummary {
  const pool = view.exams().pool(root);
  if (pool === undefined) throw new Error(`pool ${root} was accepted without a record`);
  return summaryOf(pool);
}

function summaryOf(pool: ExamPoolRecord): PoolSummary {
  return {
    pool: pool.name,
    suite: pool.suite,
    version: pool.version,
    root: pool.root,
    items: pool.items.length,
    pairs: pool.pairs.length,
    uses: pool.uses,
    retired: pool.retired.length,
    state: pool.isWithdrawn ? 'withdrawn' : 'loaded',
    loaded_at: formatRfc3339(pool.loadedAtMs),
  };
}
