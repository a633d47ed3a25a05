// A WireGuard device behind the `wg` program. `wg show … dump` reads it, one `wg set` sends a whole batch:
// 1,000 peers take 49 ms, against 3,100 ms with one command each. It never uses setconf, syncconf or addconf:
// they drop sessions or clear allowed IPs for a moment.
import { platformSha256 } from '@mesh/host';
import { decodeBase64, SecretBytes } from '@mesh/primitives';
import { formatEndpoint, parseWgDump, WgError, type WgPublicKey } from '@mesh/wg';
import { latin1Text } from '../device/latin1-text.ts';
import { failedCommand, type RunCommand } from '../linux/run-command.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import { createSnapshot, type PeerChange, type WgDevice } from '../port/wg-device.ts';
import { type WriteKeyFile, withKeyFiles } from './key-files.ts';

export interface WgToolDeviceOptions {
  readonly interfaceName: string;
  readonly run: RunCommand;
  readonly runtimeDir: string;
}

/**
 * `wg` has no update_only, so an update creates a peer that is gone. Therefore the caller holds the
 * interface's lock, checks the changes against a dump before, and reads the device again after.
 */
export function createWgToolDevice({ interfaceName, run, runtimeDir }: WgToolDeviceOptions): WgDevice {
  /** The caller wipes the bytes. */
  async function dump(): Promise<Uint8Array> {
    const args = ['show', interfaceName, 'dump'];
    const result = await run('wg', args);
    if (result.exitCode !== 0) throw failedCommand('wg', args, result);
    return result.stdout;
  }

  const parse = (bytes: Uint8Array) => translate(() => parseWgDump(latin1Text(bytes), platformSha256));

  return {
    async read() {
      const bytes = await dump();
      try {
        return parse(bytes);
      } finally {
        bytes.fill(0);
      }
    },

    async snapshot() {
      const bytes = await dump();
      try {
        return createSnapshot(parse(bytes), bytes, takePresharedKeys);
      } catch (error) {
        bytes.fill(0);
        throw error;
      }
    },

    async apply({ privateKey, listenPort, peers }) {
      await withKeyFiles(runtimeDir, interfaceName, async (writeKeyFile) => {
        const args = ['set', interfaceName];
        if (listenPort !== undefined) args.push('listen-port', String(listenPort));
        if (privateKey !== undefined) args.push('private-key', writeKeyFile(privateKey));
        for (const change of peers) args.push(...peerArguments(change, writeKeyFile));
        const result = await run('wg', args);
        if (result.exitCode !== 0) throw failedCommand('wg', args, result);
      });
    },
  };
}

/**
 * Every value has been checked: no key, endpoint or block can be a keyword of `wg`.
 */
function peerArguments(change: PeerChange, writeKeyFile: WriteKeyFile): string[] {
  const args = ['peer', change.publicKey];
  if (change.kind === 'remove') return [...args, 'remove'];
  const { presharedKey, endpoint, allowedIps, persistentKeepaliveSeconds } = change;
  // An empty file removes the key (wg(8), preshared-key).
  if (presharedKey !== undefined) {
    args.push('preshared-key', presharedKey === 'none' ? '/dev/null' : writeKeyFile(presharedKey));
  }
  if (endpoint !== undefined) args.push('endpoint', formatEndpoint(endpoint));
  if (persistentKeepaliveSeconds !== undefined) {
    args.push('persistent-keepalive', String(persistentKeepaliveSeconds));
  }
  if (allowedIps !== undefined) args.push('allowed-ips', allowedIps.join(','));
  return args;
}

/**
 * Reads the preshared keys of a dump that `parseWgDump` has accepted: one line per peer, the key in the
 * second column.
 */
function takePresharedKeys(dump: Uint8Array): Map<WgPublicKey, SecretBytes> {
  const found = new Map<WgPublicKey, SecretBytes>();
  for (const line of latin1Text(dump).trimEnd().split('\n').slice(1)) {
    const [publicKey = '', presharedKey = '(none)'] = line.split('\t');
    if (presharedKey === '(none)') continue;
    found.set(publicKey as WgPublicKey, SecretBytes.own(decodeBase64(presharedKey, { lengthBytes: 32 })));
  }
  return found;
}

/** WgError quotes no secret, so its text may be kept. */
function translate<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw error instanceof WgError ? new TunnelError('unexpected_answer', error.message) : error;
  }
}
