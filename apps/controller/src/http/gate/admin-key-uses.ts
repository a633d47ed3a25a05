// Notes the first use of each API key on a day, without delaying the request. More exact times would cost a
// commit for each request.

import { type Clock, LogField, type Logger } from '@mesh/host';
import { type MeshView, noteAdminKeyUse } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { SqliteJournal } from '../../store/sqlite-journal.ts';
import type { AdminCaller } from './admin-caller.ts';

export interface AdminKeyUsesPorts {
  readonly view: MeshView;
  readonly journal: Pick<SqliteJournal, 'run'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class AdminKeyUses {
  readonly #ports: AdminKeyUsesPorts;
  readonly #underWay = new Set<string>();

  constructor(ports: AdminKeyUsesPorts) {
    this.#ports = ports;
  }

  /** Returns at once. If the use cannot be stored, the next use of the key tries again. */
  note({ actor }: AdminCaller): void {
    if (actor.kind !== 'key' || this.#underWay.has(actor.id)) return;
    const { view, journal, clock, logger } = this.#ports;
    const key = view.adminKey(actor.id);
    const day = formatRfc3339(Math.floor(clock.nowMs())).slice(0, 'YYYY-MM-DD'.length);
    if (key === undefined || key.lastUsedOn === day) return;
    this.#underWay.add(actor.id);
    journal
      .run(noteAdminKeyUse(key.keyId, day))
      .catch((error: unknown) =>
        logger.warn({ [LogField.error]: error }, 'the use of a key could not be noted'),
      )
      .finally(() => this.#underWay.delete(actor.id));
  }
}
