// The state of a class that requests are made for.

import { formatRfc3339 } from '@mesh/primitives';
import type { MeshView } from '../state/mesh-view.ts';
import type { RequestedState } from './request-rule.ts';

/** Since when it is revoked: a request for one revocation is not good for the next. */
export function classState(name: string, view: MeshView): RequestedState {
  const revokedAtMs = view.class(name)?.revokedAtMs;
  return {
    kind: 'found',
    state: { class: name, revoked_at: revokedAtMs === undefined ? null : formatRfc3339(revokedAtMs) },
  };
}
