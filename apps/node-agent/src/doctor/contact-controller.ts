// Asks the controller once, as the agent would: over mutual TLS if the node is enrolled, and otherwise by the
// pin of the join token. What comes back tells whether the way, TLS, the pin and the clock are right.

import { type Clock, errorCodeOf, HostError } from '@mesh/host';
import { type FetchLike, ProblemError } from '@mesh/protocol';
import { AgentError, messageOf } from '../errors/agent-error.ts';

export type Contact =
  | { readonly kind: 'none'; readonly message: string }
  | {
      readonly kind: 'answered';
      readonly message: string;
      /** The header `Date` of the answer, by the controller's clock; undefined if it has none. */
      readonly serverDateMs: number | undefined;
      /** This machine's wall clock, in the middle of the exchange. */
      readonly askedAtMs: number;
    }
  | { readonly kind: 'failed'; readonly message: string; readonly cause: ContactFailure };

/**
 * `clock`: a certificate is not valid at this machine's time. `refused`: the controller answered with a
 * problem.
 */
export type ContactFailure = 'clock' | 'refused' | 'connection';

export interface ContactPorts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly timeoutMs: number;
}

/** One request, made with the given fetch. */
export type Ask = (fetch: FetchLike, signal: AbortSignal) => Promise<unknown>;

export async function contactController(
  fetch: FetchLike,
  ask: Ask,
  how: string,
  { clock, timeoutMs }: ContactPorts,
): Promise<Contact> {
  let serverDateMs: number | undefined;
  const dated: FetchLike = async (url, init) => {
    const answer = await fetch(url, init);
    const date = Date.parse(answer.headers.get('date') ?? '');
    serverDateMs = Number.isNaN(date) ? undefined : date;
    return answer;
  };
  const signal = AbortSignal.timeout(timeoutMs);
  const sentAtMs = clock.nowMs();
  try {
    await ask(dated, signal);
  } catch (error) {
    // A controller that is not ready yet has been reached all the same.
    if (!(error instanceof ProblemError && error.problem.code === 'not_ready'))
      return contactFailure(error, signal.aborted ? timeoutMs : undefined);
  }
  return { kind: 'answered', message: how, serverDateMs, askedAtMs: (sentAtMs + clock.nowMs()) / 2 };
}

/** @param timedOutAfterMs undefined if the time was not over */
export function contactFailure(error: unknown, timedOutAfterMs?: number): Contact {
  if (timedOutAfterMs !== undefined)
    return {
      kind: 'failed',
      cause: 'connection',
      message: `no answer within ${timedOutAfterMs / 1_000} s: check the address, and the firewalls between this host and the controller`,
    };
  if (error instanceof ProblemError)
    return {
      kind: 'failed',
      cause: 'refused',
      message: `the controller refuses this node: ${error.problem.detail} (${error.problem.code}); ask its operator (meshctl nodes show)`,
    };
  return { kind: 'failed', cause: isAboutTime(error) ? 'clock' : 'connection', message: messageOf(error) };
}

function isAboutTime(error: unknown): boolean {
  if (!(error instanceof HostError || error instanceof AgentError)) return false;
  const code = errorCodeOf(error.cause);
  return code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED';
}
