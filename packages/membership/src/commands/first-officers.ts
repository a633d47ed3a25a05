// The first officers of a mesh come from the controller's configuration, at the first start that finds any
// there. From then on, only officers change who they are.

import type { MeshEvent } from '../events/mesh-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { OfficerSet } from '../state/records.ts';

/** The event that sets the configured officers, if there were none before; otherwise nothing. */
export function firstOfficers(view: MeshView, configured: OfficerSet): MeshEvent[] {
  if (view.officers() !== undefined || configured.officers.length === 0) return [];
  return [{ type: 'officers_set', ...configured, actor: { kind: 'system' } }];
}

/** Whether the configuration names other officers than those in force: it has no effect then. */
export function differsFromOfficers(view: MeshView, configured: OfficerSet): boolean {
  const set = view.officers();
  if (set === undefined || configured.officers.length === 0) return false;
  const text = ({ officers, required }: OfficerSet) =>
    [required, ...officers.map(({ name, publicKey }) => `${name} ${publicKey}`).sort()].join('\n');
  return text(set) !== text(configured);
}
