// What an operator should know about the officers and what they did: for the log at the start, and for
// status.json.

import { differsFromOfficers, type MeshView } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { ControllerConfig } from './config.ts';
import { configuredOfficers } from './configured-officers.ts';

/** One sentence without a full stop each; empty if all is well. */
export function* officerWarnings(view: MeshView, config: ControllerConfig): Iterable<string> {
  if (view.officers() === undefined)
    yield 'this mesh has no officers: one operator alone can revoke nodes; name some in `officers` in the configuration, and restart the controller';
  if (differsFromOfficers(view, configuredOfficers(config)))
    yield 'the officers of the configuration are not those in force, and have no effect: see meshctl officers list, and change them with meshctl request create officers.replace';
  for (const { name, revokedAtMs } of view.classes())
    if (revokedAtMs !== undefined)
      yield `class ${name} has been revoked since ${formatRfc3339(revokedAtMs)}: it takes no node until officers release it (class.release)`;
}
