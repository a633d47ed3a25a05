// What happens when a running controller gets another master key, and the log entries of it.

import type { JsonValue } from '@mesh/primitives';
import { type Actor, causeFields } from './actor.ts';

export type MasterKeyEvent =
  /** From here on everything new is sealed under the next key, and what there was is sealed again. */
  | { readonly type: 'master_key_rotation_started'; readonly why: string; readonly actor: Actor }
  /** Nothing opens with the key before any more. */
  | { readonly type: 'master_key_rotation_finished' };

export function masterKeyLogData(event: MasterKeyEvent): { readonly [name: string]: JsonValue } {
  if (event.type === 'master_key_rotation_finished') return {};
  return causeFields(event);
}
