// What an operator should know about the officers of the mesh: for the log at the start, and for status.json.

import { differsFromOfficers, type MeshView } from '@mesh/membership';
import type { ControllerConfig } from './config.ts';
import { configuredOfficers } from './configured-officers.ts';

/** One sentence without a full stop each; empty if all is well. */
export function officerWarnings(view: MeshView, config: ControllerConfig): string[] {
  if (view.officers() === undefined)
    return [
      'this mesh has no officers: one operator alone can revoke nodes; name some in `officers` in the configuration, and restart the controller',
    ];
  if (differsFromOfficers(view, configuredOfficers(config)))
    return [
      'the officers of the configuration are not those in force, and have no effect: see meshctl officers list, and change them with meshctl request create officers.replace',
    ];
  return [];
}
