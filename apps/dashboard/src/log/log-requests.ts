// What the checks of the log ask the controller for.

import type { LogEntryView, LogKeyView, LogPage } from '@mesh/protocol';
import { ask, askJson } from '../session/ask.ts';
import { type KnownKeysPorts, knownKeys } from './known-keys.ts';

const CHANGES = ['log_key_prepared', 'log_key_aborted', 'log_key_finished'];
/** One answer of the controller looks at no more entries. */
const WINDOW = 4_000;
/** How far back a change of keys is looked for. */
const MOST_WINDOWS = 25;

/** @throws AskError */
export const askProof = async (index: number): Promise<string> =>
  (await ask(`/v1/log/proof?index=${index}`)).text();

const ports: KnownKeysPorts = {
  get storage() {
    return localStorage;
  },
  newestChange,
  proofOf: askProof,
};

/** @throws AskError, UnknownKeysError */
export async function askKeys(): Promise<LogKeyView & { readonly known: readonly string[] }> {
  const view = await askJson<LogKeyView>('/v1/admin/log/key');
  return { ...view, known: await knownKeys(view, ports) };
}

/** @throws AskError */
export const askCheckpoint = async (): Promise<string> => (await ask('/v1/log/checkpoint')).text();

async function newestChange(): Promise<LogEntryView | undefined> {
  const { size } = await askJson<LogPage>('/v1/admin/log/entries?limit=1');
  for (let end = size, count = 0; end > 0 && count < MOST_WINDOWS; end -= WINDOW, count += 1) {
    const from = Math.max(0, end - WINDOW);
    const pages = await Promise.all(
      CHANGES.map((type) => askJson<LogPage>(`/v1/admin/log/entries?type=${type}&from=${from}&limit=1000`)),
    );
    const found = pages.flatMap(({ entries }) => entries).sort((one, other) => other.index - one.index);
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}
