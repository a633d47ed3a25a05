// Signing in by OpenID Connect: the browser goes to the provider, and comes back with an answer in the URL,
// which the controller takes.

import type { OpenIdSignIn, SessionView } from '@mesh/protocol';
import { signal } from '@preact/signals';
import { askJson, messageOf } from './ask.ts';

const PATH = '/dashboard/openid';

/** Undefined if the controller offers none, or has not been asked yet. */
export const openId = signal<{ readonly name: string } | undefined>(undefined);
/** Why the last sign-in was refused. */
export const refusal = signal('');

/** Leaves the page. @throws AskError */
export async function beginOpenId(): Promise<void> {
  const { url } = await askJson<OpenIdSignIn>(PATH, { method: 'POST', body: {} });
  location.assign(url);
}

/**
 * Hands in the answer of the provider, if the URL of the page has one, and takes it out of the URL. A refusal
 * is kept for the page to show.
 */
export async function finishOpenId(): Promise<void> {
  const { search, pathname, hash } = location;
  if (!new URLSearchParams(search).has('state')) return;
  history.replaceState(null, '', pathname + hash);
  try {
    await askJson<SessionView>(`${PATH}/finish`, { method: 'POST', body: { answer: search.slice(1) } });
  } catch (error) {
    refusal.value = messageOf(error);
  }
}
