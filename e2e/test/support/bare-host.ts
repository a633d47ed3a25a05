// A lab host on which the commands of docs/operations.md can be typed as they stand: with its own /etc,
// /var/lib, /opt and /usr/local/bin, and with the programs installed as if from a build.

import { join, relative } from 'node:path';
import { programFile } from '@mesh/host/test-kit';
import type { LabNode } from '../../lab/index.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Where the commands are typed: it has what a checkout has, and files made there stay on the host. */
export const CHECKOUT = '/opt/work';

const PROGRAMS = {
  'mesh-controller': 'apps/controller/src/main.ts',
  meshctl: 'apps/cli/src/main.ts',
  'mesh-agent': 'apps/node-agent/src/main.ts',
} as const;

// Each mount is seen in the host's own mount namespace alone. Node and the sources are mounted, because other
// users may not enter the folders that they are in.
const PREPARE = `
mount -t tmpfs -o mode=0755 tmpfs /mnt
cp -a /etc /mnt/etc
mount --bind /mnt/etc /etc
for folder in /var/lib /opt /usr/local/bin; do mount -t tmpfs -o mode=0755 tmpfs $folder; done
mkdir -p /opt/src ${CHECKOUT} /etc/systemd/system
# As udev makes it: everybody may open it, and needs CAP_NET_ADMIN to use it.
mknod -m 0666 /mnt/tun c 10 200
mount --bind /mnt/tun /dev/net/tun
touch /opt/node
mount --bind "$1" /opt/node
mount --bind "$2" /opt/src
ln -s /opt/src/systemd /opt/src/packages ${CHECKOUT}/
`;

/** @param names what goes into /etc/hosts: addresses with their names */
export async function prepareBareHost(host: LabNode, names: Readonly<Record<string, string>>): Promise<void> {
  await host.exec('sh', ['-ec', PREPARE, 'sh', process.execPath, ROOT]);
  for (const [program, entry] of Object.entries(PROGRAMS)) {
    const file = relative(ROOT, programFile(join(ROOT, entry)));
    const script = `#!/bin/sh\nexec /opt/node --conditions=@mesh/source /opt/src/${file} "$@"\n`;
    await host.exec('sh', ['-ec', 'cat > "$0" && chmod 755 "$0"', `/usr/local/bin/${program}`], {
      input: script,
    });
  }
  const lines = Object.entries(names).map(([name, address]) => `${address} ${name}\n`);
  await host.exec('sh', ['-ec', 'cat >> /etc/hosts'], { input: lines.join('') });
}
