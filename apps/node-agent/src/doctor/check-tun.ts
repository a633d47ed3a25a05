// Can wireguard-go open /dev/net/tun?

import { closeSync, openSync, statSync } from 'node:fs';
import { errorCodeOf } from '@mesh/host';
import { type Finding, failed, ok, skipped } from './finding.ts';

const HOW =
  'in a container pass --device /dev/net/tun, in a unit DeviceAllow=/dev/net/tun rw; on a host run modprobe tun';

/** @param isNeeded false with the kernel's WireGuard and with a dry run */
export function checkTun(isNeeded: boolean, path = '/dev/net/tun'): Finding {
  if (!isNeeded) return skipped('only wireguard-go needs it');
  try {
    if (!statSync(path).isCharacterDevice()) return failed(`${path} is no device: remove it; ${HOW}`);
    closeSync(openSync(path, 'r+'));
    return ok(`${path} can be opened`);
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown';
    const how = code === 'EACCES' ? `run chmod 0666 ${path}, which is what udev makes it; ${HOW}` : HOW;
    return failed(`${path} cannot be opened (${code}): ${how}`);
  }
}
