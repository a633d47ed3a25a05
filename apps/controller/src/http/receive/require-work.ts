// Asks strangers who want to enrol for proof of work, once more of them come in a minute than are served for
// nothing. All source addresses count together, because a flood comes from many.

import { type Clock, networkOf } from '@mesh/host';
import { enrolmentChallengeRequest, ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';
import type { ProofOfWork } from '../../trust/proof-of-work.ts';
import type { FloodWatch } from '../gate/flood-watch.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import { TokenBucket } from '../gate/token-bucket.ts';
import { readMessage } from './read-message.ts';

/** For agents that do not solve challenges. */
const RETRY_AFTER_SECONDS = 60;

export interface RequireWorkPorts {
  readonly work: ProofOfWork;
  readonly sources: SourceAddresses;
  readonly flood: FloodWatch;
  readonly clock: Clock;
}

export class RequireWork {
  readonly #ports: RequireWorkPorts;
  readonly #free: TokenBucket;

  constructor(freePerMinute: number, ports: RequireWorkPorts) {
    this.#ports = ports;
    this.#free = new TokenBucket(freePerMinute, ports.clock.monotonicMs());
  }

  /**
   * Resolves if the request may pass: it is one of those served for nothing, or brings a solution.
   * @throws ProblemError `rate_limited` with `proof_of_work`, the challenge to solve; those of the form
   */
  async check(context: Context): Promise<void> {
    const { work, sources, flood, clock } = this.#ports;
    if (this.#free.tryTake(clock.monotonicMs()) === 'taken') return;
    const solution = await readSolution(context);
    const nowMs = clock.nowMs();
    if (solution !== undefined && (await work.accept(solution, nowMs)) === 'accepted') return;
    flood.count('proof_of_work', networkOf(sources.ofRequest(context.env.incoming) ?? 'unknown'));
    const detail =
      solution === undefined
        ? 'many ask to enrol now: send a solution of the challenge in proof_of_work, or come back later'
        : 'the proof of work is wrong, expired or spent: solve the challenge in proof_of_work';
    throw new ProblemError(
      problem('rate_limited', detail, { proof_of_work: await work.challenge(nowMs) }),
      RETRY_AFTER_SECONDS,
    );
  }
}

/** A request without a body brings none. */
async function readSolution(context: Context): Promise<string | undefined> {
  if (Number(context.req.header('content-length') ?? 0) === 0) return undefined;
  const { message } = await readMessage(context, enrolmentChallengeRequest);
  return message.proof_of_work;
}
