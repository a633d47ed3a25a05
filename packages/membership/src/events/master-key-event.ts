// What happens when a controller gets another master key, and the log entries of it.

import { formatRfc3339, type JsonValue } from '@mesh/primitives';
import { type Actor, actorFields, causeFields } from './actor.ts';

export type MasterKeyEvent =
  /** From here on everything new is sealed under the next key, and what there was is sealed again. */
  | { readonly type: 'master_key_rotation_started'; readonly why: string; readonly actor: Actor }
  /** Nothing opens with the key before any more. */
  | { readonly type: 'master_key_rotation_finished' }
  /** `mesh-controller rotate-master-key` has replaced it while no controller ran. The next start says so. */
  | { readonly type: 'master_key_rotated_at_rest'; readonly rotatedAtMs: number; readonly actor: Actor };

export function masterKeyLogData(event: MasterKeyEvent): { readonly [name: string]: JsonValue } {
  switch (event.type) {
    case 'master_key_rotation_started':
      return causeFields(event);
    case 'master_key_rotation_finished':
      return {};
    case 'master_key_rotated_at_rest':
      return { rotated_at: formatRfc3339(event.rotatedAtMs), ...actorFields(event.actor) };
    default:
      return event satisfies never;
  }
}
