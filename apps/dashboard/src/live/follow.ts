// Keeps the live stream open: after a break it goes on from the last event, and the page says meanwhile that
// its figures are old.

import { defined } from '@mesh/primitives';
import type { LiveState } from '@mesh/protocol';
import { signal } from '@preact/signals';
import { AskError, ask } from '../session/ask.ts';
import { MeshModel } from './mesh-model.ts';
import { readEvents } from './read-events.ts';

const PATH = '/v1/admin/live';
/** The controller sends something every ten seconds. */
const SILENT_AFTER_MS = 25_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** `sinceMs`: when the last event came, by this browser's clock. */
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly why: string };

export const connection = signal<Connection>({ kind: 'connecting' });
export const model = new MeshModel();
/** Counts what has come, so that components that show the model look again. */
export const revision = signal(0);

type Changed = ReadonlySet<number> | 'all';
const listeners = new Set<(changed: Changed) => void>();

/** @param heard called with each change of the model @returns a function that ends it */
export function onChange(heard: (changed: Changed) => void): () => void {
  listeners.add(heard);
  return () => listeners.delete(heard);
}

/** Follows until it is ended. @returns a function that ends it */
export function follow(): () => void {
  const end = new AbortController();
  void run(end.signal);
  return () => end.abort();
}

async function run(end: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let lastMs = Date.now();
  let waitMs = FIRST_WAIT_MS;
  connection.value = { kind: 'connecting' };
  while (!end.aborted) {
    const outcome = await readOnce(end, lastId, (id) => {
      lastId = id ?? lastId;
      lastMs = Date.now();
      waitMs = FIRST_WAIT_MS;
      if (connection.value.kind !== 'live') connection.value = { kind: 'live' };
    });
    if (end.aborted || outcome === 'signed out') return;
    connection.value = { kind: 'lost', sinceMs: lastMs, why: outcome.why };
    await pause(outcome.retryAfterMs ?? waitMs * (0.5 + Math.random() / 2), end);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

type Outcome = 'signed out' | { readonly why: string; readonly retryAfterMs: number | undefined };

async function readOnce(
  end: AbortSignal,
  lastId: string | undefined,
  heard: (id: string | undefined) => void,
): Promise<Outcome> {
  const silent = new AbortController();
  let watchdog = setTimeout(() => silent.abort(), SILENT_AFTER_MS);
  try {
    const answer = await ask(PATH, {
      headers: {
        accept: 'text/event-stream',
        ...defined({ 'last-event-id': lastId }),
      },
      signal: AbortSignal.any([end, silent.signal]),
    });
    if (answer.body !== null)
      for await (const { id, data } of readEvents(answer.body)) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => silent.abort(), SILENT_AFTER_MS);
        take(JSON.parse(data) as LiveState);
        heard(id);
      }
    return { why: 'the controller has ended the connection', retryAfterMs: undefined };
  } catch (error) {
    if (error instanceof AskError && error.status === 401) return 'signed out';
    if (silent.signal.aborted) return { why: 'nothing came for too long', retryAfterMs: undefined };
    if (error instanceof AskError) return { why: error.message, retryAfterMs: error.retryAfterMs };
    return { why: 'the connection was lost', retryAfterMs: undefined };
  } finally {
    clearTimeout(watchdog);
  }
}

/** Also for tests that have no controller: takes a message as if it had come. */
export function take(message: LiveState): void {
  const changed = model.apply(message, Date.now());
  for (const heard of listeners) heard(changed);
  revision.value += 1;
}

function pause(ms: number, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    end.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
