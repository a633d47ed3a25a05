// Notes the secrets that a controller hands out while a mesh runs: each is shown once, to whoever made it.

import { type AdminClient, parseAdminKey, parseJoinToken } from '@mesh/protocol';
import type { KnownSecret } from './find-spelled.ts';

/** The same client; `note` gets what belongs into no file, answer or argument from then on. */
export const notingSecrets = (admin: AdminClient, note: (secrets: KnownSecret[]) => void): AdminClient => ({
  ...admin,
  createToken: async (asked) => {
    const made = await admin.createToken(asked);
    note(shown('join token', made.token, parseJoinToken(made.token).secret));
    return made;
  },
  createKey: async (asked) => {
    const made = await admin.createKey(asked);
    note(shown('API key', made.key, parseAdminKey(made.key).secret));
    return made;
  },
});

const shown = (name: string, text: string, secret: Uint8Array): KnownSecret[] => [
  { name: `${name} made on the way`, bytes: Buffer.from(text), home: undefined },
  { name: `secret in the ${name} made on the way`, bytes: secret, home: undefined },
];
