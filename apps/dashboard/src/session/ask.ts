// Requests to the controller that served this page. The cookie goes along by itself; the header is what makes
// it count.

import { defined } from '@mesh/primitives';
import { currentUse } from './input.ts';

/** A refusal, as the controller explains it, or why there was no answer. */
export class AskError extends Error {
  readonly status: number;
  readonly code: string;
  /** How long to wait before the next try, if the controller says so. */
  readonly retryAfterMs: number | undefined;
  /** What is wrong, one by one, where the controller lists it. */
  readonly faults: readonly string[];

  constructor(
    status: number,
    code: string,
    message: string,
    { retryAfterMs, faults = [] }: { retryAfterMs?: number | undefined; faults?: readonly string[] } = {},
  ) {
    super(message);
    this.name = 'AskError';
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.faults = faults;
  }
}

export interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Called when the controller knows no session any more. */
let signedOut = (): void => {};

export function onSignedOut(call: () => void): void {
  signedOut = call;
}

/** @throws AskError if the controller refuses or does not answer; the abort error if `signal` aborts */
export async function ask(
  path: string,
  { method = 'GET', body, headers, signal }: Ask = {},
): Promise<Response> {
  const answer = await fetch(path, {
    method,
    headers: {
      ...headers,
      'mesh-dashboard': currentUse(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    cache: 'no-store',
    credentials: 'same-origin',
    redirect: 'error',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...defined({ signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new AskError(0, 'unreachable', 'the controller does not answer');
  });
  if (answer.ok) return answer;
  if (answer.status === 401) signedOut();
  throw await refusalOf(answer);
}

/** The answer as what the protocol says it is: the controller that served the page wrote it. */
export async function askJson<T>(path: string, options?: Ask): Promise<T> {
  return (await (await ask(path, options)).json()) as T;
}

async function refusalOf(answer: Response): Promise<AskError> {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
  const problem = await answer.json().catch(() => ({}));
  const { code, detail, faults } = problem as { code?: unknown; detail?: unknown; faults?: unknown };
  return new AskError(
    answer.status,
    typeof code === 'string' ? code : 'unknown',
    typeof detail === 'string' ? detail : `the controller answered ${answer.status}`,
    { retryAfterMs: wait, faults: Array.isArray(faults) ? faults.map(String) : [] },
  );
}

/** What a person is told of a failure. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
