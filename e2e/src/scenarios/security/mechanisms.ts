// What keeps the claims of the security scenario, and how it is switched off.

import type { Mechanism } from '../../scenario.ts';

const SECRETS_TOLD = {
  module: 'packages/host/src/secret-file.ts',
  replacedBy: 'e2e/faults/secrets-told.ts',
} as const;

export const SILENCE: Mechanism = {
  about: 'programs print every secret file that they read',
  agents: [SECRETS_TOLD],
  controller: [SECRETS_TOLD],
};

export const SIGNATURES: Mechanism = {
  about: 'a controller that takes every signature for a good one',
  controller: [
    {
      module: 'apps/controller/src/trust/verify-signature.ts',
      replacedBy: 'e2e/faults/signatures-unchecked.ts',
    },
  ],
};

export const SEQUENCES: Mechanism = {
  about: 'a controller that forgets which sequences it has accepted',
  controller: [
    {
      module: 'packages/membership/src/commands/find-sequence-objection.ts',
      replacedBy: 'e2e/faults/sequences-unchecked.ts',
    },
  ],
};
