// A lab host on which the commands of docs/ can be typed as they stand: with its own /etc, /var/lib, /opt and
// /usr. It installs packages as apt does: their files, then their postinst.

import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePrograms } from '../../../scripts/lib/bundle-programs.mjs';
import { maintainerScripts } from '../../../scripts/packaging/build-deb.mjs';
import { DEBIAN_PACKAGES } from '../../../scripts/packaging/debian-packages.mjs';
import { stagePackage } from '../../../scripts/packaging/stage-package.mjs';
import type { LabNode } from '../../lab/index.ts';

/** Where the commands are typed. Files made there stay on the host. */
export const WORK = '/opt/work';
/** The Node of this run takes the place of the one in the packages. */
const NODE = '/opt/node';

// Each mount is seen in the host's own mount namespace alone. Node is mounted, because other users may not
// enter the folder that it is in.
const PREPARE = `
mount -t tmpfs -o mode=0755 tmpfs /mnt
cp -a /etc /mnt/etc
mount --bind /mnt/etc /etc
mkdir /mnt/usr
mount --bind /usr /mnt/usr
echo /mnt/usr > /mnt/below
for folder in /var/lib /opt; do mount -t tmpfs -o mode=0755 tmpfs $folder; done
mkdir -p ${WORK}
# As udev makes it: everybody may open it, and needs CAP_NET_ADMIN to use it.
mknod -m 0666 /mnt/tun c 10 200
mount --bind /mnt/tun /dev/net/tun
touch ${NODE}
mount --bind "$1" ${NODE}
`;

// The files of every package so far lie over the machine's own /usr.
const UNPACK = `
below="$1/usr:$(cat /mnt/below)"
mount -t overlay -o "lowerdir=$below" overlay /usr
echo "$below" > /mnt/below
if [ -d "$1/etc" ]; then cp -a "$1/etc/." /etc/; fi
`;

/** @param names what goes into /etc/hosts: addresses with their names */
export async function prepareBareHost(host: LabNode, names: Readonly<Record<string, string>>): Promise<void> {
  await host.exec('sh', ['-ec', PREPARE, 'sh', process.execPath]);
  const lines = Object.entries(names).map(([name, address]) => `${address} ${name}\n`);
  await host.exec('sh', ['-ec', 'cat >> /etc/hosts'], { input: lines.join('') });
}

/** The trees of all packages, a folder each. @param folder where they go */
export function stagePackages(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const bundles = bundlePrograms();
  for (const debian of DEBIAN_PACKAGES)
    stagePackage({
      debian,
      folder: join(folder, debian.name),
      bundles,
      placeNode: (file) => symlinkSync(NODE, file),
    });
}

/**
 * @param staged the folder of `stagePackages`
 * @param command `apt install …`, as it is typed
 */
export async function installPackages(host: LabNode, staged: string, command: string): Promise<void> {
  for (const [, name = ''] of command.matchAll(/ \.\/([a-z-]+)_\*\.deb/g)) {
    const debian = DEBIAN_PACKAGES.find((one) => one.name === name);
    if (debian === undefined) throw new Error(`there is no package ${name}`);
    await host.exec('sh', ['-ec', UNPACK, 'sh', join(staged, name)]);
    const { postinst } = maintainerScripts(debian);
    if (postinst !== undefined) await host.exec('sh', ['-s', 'configure'], { input: postinst });
  }
}
