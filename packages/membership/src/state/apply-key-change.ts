// The part of the fold that is about the controller's own keys: its CA, and the key that signs configs.

import type { CaEvent } from '../events/ca-event.ts';
import type { ConfigKeyEvent } from '../events/config-key-event.ts';
import { caAfter } from './ca.ts';
import { configKeysAfter } from './config-keys.ts';
import { InconsistentEventError } from './inconsistent-event-error.ts';
import type { MeshDraft } from './mesh-draft.ts';

/** @throws InconsistentEventError */
export function applyKeyChange(draft: MeshDraft, event: CaEvent | ConfigKeyEvent): void {
  switch (event.type) {
    case 'ca_rotation_started':
    case 'ca_trusted':
    case 'ca_rotation_finished': {
      const ca = caAfter(draft.ca(), event);
      if (ca === undefined) throw new InconsistentEventError(event, 'it does not fit the rotation');
      draft.putCa(ca);
      return;
    }
    default: {
      const configKeys = configKeysAfter(draft.configKeys(), event);
      if (configKeys === undefined)
        throw new InconsistentEventError(event, 'it does not fit the change of the config key');
      draft.putConfigKeys(configKeys);
    }
  }
}
