// meshctl officers: makes keys for the people whose signatures critical operations need.

import { ed25519PublicKey, encodeBase64 } from '@mesh/primitives';
import type { Command } from 'commander';
import { explainUnsaved, openSecretOut } from '../open-secret-out.ts';
import type { Ports } from '../ports.ts';
import { withSession } from '../session.ts';
import { renderFields } from '../table.ts';

export function addOfficersCommands(program: Command, ports: Ports): void {
  const officers = program
    .command('officers')
    .description('officers: the people whose signatures critical operations need');
  officers
    .command('keygen')
    .description("make an officer's key; the public half goes into the controller's configuration")
    .requiredOption('--out <file>', 'write the key to a new file that only you can read (mode 0600)')
    .action((flags: { out: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        const file = openSecretOut(flags.out, ports);
        const seed = ports.randomBytes(32);
        try {
          const publicKey = encodeBase64(ed25519PublicKey(seed));
          try {
            file.save(`${encodeBase64(seed)}\n`);
          } catch (error) {
            throw explainUnsaved('the key', flags.out, error);
          }
          session.result({ public_key: publicKey, key_file: flags.out }, () =>
            renderFields([
              ['public key', publicKey],
              ['key file', flags.out],
              [
                'next',
                'add { name, public_key } to officers in the configuration and restart the controller',
              ],
            ]),
          );
        } finally {
          seed.fill(0);
        }
      }),
    );
}
