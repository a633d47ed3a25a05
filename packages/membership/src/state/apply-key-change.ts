// The part of the fold that is about the controller's own keys: its CA, the key that signs configs, and those
// that sign the log's heads.

import type { CaEvent } from '../events/ca-event.ts';
import type { ConfigKeyEvent } from '../events/config-key-event.ts';
import type { LogKeyEvent } from '../events/log-key-event.ts';
import { caAfter } from './ca.ts';
import { configKeysAfter } from './config-keys.ts';
import { InconsistentEventError } from './inconsistent-event-error.ts';
import { logKeysAfter } from './log-keys.ts';
import type { MeshDraft } from './mesh-draft.ts';

/** @throws InconsistentEventError */
export function applyKeyChange(draft: MeshDraft, event: CaEvent | ConfigKeyEvent | LogKeyEvent): void {
  switch (event.type) {
    case 'ca_rotation_started':
    case 'ca_trusted':
    case 'ca_rotation_finished': {
      const ca = caAfter(draft.ca(), event);
      if (ca === undefined) throw new InconsistentEventError(event, 'it does not fit the rotation');
      draft.put({ ca });
      return;
    }
    case 'log_key_prepared':
    case 'log_key_finished':
    case 'log_key_aborted': {
      const logKeys = logKeysAfter(draft.logKeys(), event);
      if (logKeys === undefined)
        throw new InconsistentEventError(event, "it does not fit the change of the log's keys");
      draft.put({ logKeys });
      return;
    }
    default: {
      const configKeys = configKeysAfter(draft.configKeys(), event);
      if (configKeys === undefined)
        throw new InconsistentEventError(event, 'it does not fit the change of the config key');
      draft.put({ configKeys });
    }
  }
}
