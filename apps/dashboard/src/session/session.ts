// Who is signed in. The key itself is sent once and kept nowhere.

import type { CurrentSession, SessionEnd, SessionView } from '@mesh/protocol';
import { signal } from '@preact/signals';
import { askJson, onSignedOut } from './ask.ts';
import { currentUse } from './input.ts';
import { openId } from './open-id.ts';

const PATH = '/dashboard/session';
/** How often the page tells the controller that somebody is using it. */
const SAY_EVERY_MS = 60_000;

/** `unknown` until the controller has said whether there is a session. */
export const session = signal<SessionView | 'unknown' | 'none'>('unknown');

onSignedOut(() => {
  session.value = 'none';
});

/** @throws AskError */
export async function findSession(): Promise<void> {
  const current = await askJson<CurrentSession>(PATH);
  openId.value = current.open_id;
  session.value = current.session ?? 'none';
}

/** @throws AskError */
export async function signIn(key: string): Promise<void> {
  session.value = await askJson<SessionView>(PATH, { method: 'POST', body: { key } });
}

/** A person who signed in by OpenID Connect is sent to the provider, to sign out there too. */
export async function signOut(): Promise<void> {
  const end = askJson<SessionEnd>(`${PATH}/end`, { method: 'POST', body: {} });
  const ended = await end.catch(() => undefined);
  session.value = 'none';
  if (ended?.provider_url !== undefined) location.assign(ended.provider_url);
}

/** @returns a function that ends it */
export function keepSession(): () => void {
  const timer = setInterval(() => {
    if (currentUse() === 'user') findSession().catch(() => undefined);
  }, SAY_EVERY_MS);
  return () => clearInterval(timer);
}

/**
 * Whether the caller's role may change things. The controller decides; this only hides what it would refuse.
 */
export const mayChange = (): boolean =>
  typeof session.value === 'object' && session.value.role === 'operator';

/** Whether it may bring what officers have signed. */
export const maySubmit = (): boolean => typeof session.value === 'object' && session.value.role !== 'viewer';
