// meshctl officers: makes keys for the people whose signatures critical operations need.

import { ed25519PublicKey, encodeBase64 } from '@mesh/primitives';
import type { OfficerList } from '@mesh/protocol';
import type { Command } from 'commander';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { explainUnsaved, openSecretOut } from '../secrets/open-secret-out.ts';
import { asking, withSession } from '../session/session.ts';

export function addOfficersCommands(program: Command, ports: Ports): void {
  const officers = program
    .command('officers')
    .description('officers: the people whose signatures critical operations need');
  officers
    .command('list')
    .description('who may sign, and how many of them have to')
    .action(asking(ports, (client) => client.officers(), renderOfficers));
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
                'for the first officers: add { name, public_key } to officers in the configuration and restart the controller; later: meshctl request create officers.replace',
              ],
            ]),
          );
        } finally {
          seed.fill(0);
        }
      }),
    );
}

function renderOfficers({ officers, required }: OfficerList): string {
  if (officers.length === 0)
    return 'this mesh has no officers: one operator alone can revoke nodes; name some in `officers` in the configuration, and restart the controller\n';
  const rows = officers.map(({ name, public_key: key }) => [name, key]);
  return `${required} of ${officers.length} have to sign\n\n${renderTable(['OFFICER', 'PUBLIC KEY'], rows)}`;
}
