// What happens to the controller itself, and the log entries of it.

import { formatRfc3339, type JsonValue } from '@mesh/primitives';
import { type Actor, actorFields } from './actor.ts';

export type ControllerEvent =
  | { readonly type: 'controller_started'; readonly version: string }
  | { readonly type: 'storage_recovered'; readonly failedSinceMs: number }
  /** Somebody has asked for a copy of the whole database. The copy holds this entry. */
  | { readonly type: 'backup_requested'; readonly actor: Actor }
  /** Somebody has the receivers of alerts, by their names, told of a test. */
  | { readonly type: 'alerts_tested'; readonly receivers: readonly string[]; readonly actor: Actor }
  /** The database is the one of a backup. The first start after that says so. */
  | {
      readonly type: 'backup_restored';
      readonly backupId: string;
      /** How many entries were known to come after it. */
      readonly lostEntries: number;
    };

export function controllerLogData(event: ControllerEvent): { readonly [name: string]: JsonValue } {
  switch (event.type) {
    case 'controller_started':
      return { version: event.version };
    case 'storage_recovered':
      return { failed_since: formatRfc3339(event.failedSinceMs) };
    case 'backup_requested':
      return actorFields(event.actor);
    case 'alerts_tested':
      return { receivers: [...event.receivers], ...actorFields(event.actor) };
    case 'backup_restored':
      return { backup_id: event.backupId, lost_entries: event.lostEntries };
    default:
      return event satisfies never;
  }
}
