// The officers that a configuration names, and how many of them have to sign.

import type { OfficerSet } from '@mesh/membership';
import type { ControllerConfig } from './config.ts';

/** Without `officers_required`, more than half of them have to sign. */
export function configuredOfficers({
  officers,
  officers_required: required,
}: Pick<ControllerConfig, 'officers' | 'officers_required'>): OfficerSet {
  return {
    officers: officers.map(({ name, public_key: publicKey }) => ({ name, publicKey })),
    required: required ?? Math.floor(officers.length / 2) + 1,
  };
}
