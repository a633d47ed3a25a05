// `mesh-agent rotate-keys`: makes the running agent replace the node's own keys.

import { createControlClient } from '../control/control-client.ts';
import type { RotateKeysDone } from '../control/control-protocol.ts';
import type { KeyPart } from '../identity/key-files.ts';
import { stateDirAt } from '../identity/state-dir.ts';
import type { CommandIo } from './down.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';

export interface RotateKeysFlags extends CommonFlags {
  readonly identity?: boolean;
  readonly wireguard?: boolean;
  readonly encapsulation?: boolean;
  readonly interrupt?: boolean;
  readonly json?: boolean;
}

export async function runRotateKeys(flags: RotateKeysFlags, io: CommandIo): Promise<void> {
  const settings = settingsFrom(flags, io.env);
  const { identity, wireguard, encapsulation } = flags;
  const all = identity !== true && wireguard !== true && encapsulation !== true;
  const answer = await createControlClient(stateDirAt(settings.state_dir).controlSocket).rotateKeys({
    identity: all || identity === true,
    wireguard: all || wireguard === true,
    encapsulation: all || encapsulation === true,
    interrupt: flags.interrupt === true,
  });
  io.write(flags.json === true ? `${JSON.stringify(answer)}\n` : describe(answer));
}

const NAMES: Readonly<Record<KeyPart, string>> = {
  identity: 'identity key',
  a: 'WireGuard key a',
  b: 'WireGuard key b',
};

function describe({ replaced, encapsulation }: RotateKeysDone): string {
  const lines = replaced.map((part) => `${NAMES[part]}: replaced\n`);
  return [...lines, ...(encapsulation ? ['encapsulation key: comes with the next measurement\n'] : [])].join(
    '',
  );
}
