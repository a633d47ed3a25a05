// A WireGuard device behind its userspace API. One `get` reads it, one `set` sends a whole batch.
import { platformSha256, platformX25519 } from '@mesh/host';
import { defined, encodeBase64, fromHex, SecretBytes } from '@mesh/primitives';
import {
  parseUapiGet,
  parseUapiSetAnswer,
  renderUapiSet,
  type UapiPeerChange,
  WgError,
  type WgPublicKey,
} from '@mesh/wg';
import { latin1Text } from '../device/latin1-text.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import { createSnapshot, type PeerChange, type WgDevice } from '../port/wg-device.ts';
import type { UapiRequest } from './uapi-socket.ts';

export function createUapiDevice(request: UapiRequest): WgDevice {
  const get = () => request('get=1\n\n');
  const parse = (answer: string) => parseUapiGet(answer, platformSha256, platformX25519.publicKeyOf);
  return {
    async read() {
      const answer = await get();
      return translate(() => parse(answer));
    },

    async snapshot() {
      const answer = await get();
      const state = translate(() => parse(answer));
      return createSnapshot(state, Buffer.from(answer, 'latin1'), takePresharedKeys);
    },

    async apply({ privateKey, listenPort, peers }) {
      const text = translate(() =>
        renderUapiSet({
          ...defined({ privateKey, listenPort }),
          peers: peers.map(toUapi),
        }),
      );
      const answer = await request(text);
      translate(() => parseUapiSetAnswer(answer));
    },
  };
}

function toUapi(change: PeerChange): UapiPeerChange {
  const { publicKey } = change;
  if (change.kind === 'remove') return { publicKey, remove: true };
  const { presharedKey, endpoint, allowedIps, persistentKeepaliveSeconds } = change;
  const settings = {
    publicKey,
    ...(presharedKey === undefined ? {} : { presharedKey: presharedKey === 'none' ? null : presharedKey }),
    ...defined({ endpoint, persistentKeepaliveSeconds }),
  };
  if (change.kind === 'create') return { ...settings, replaceAllowedIps: true, allowedIps: allowedIps ?? [] };
  // Without update_only, a peer that was just removed would come back.
  const update = { ...settings, updateOnly: true } as const;
  return allowedIps === undefined ? update : { ...update, replaceAllowedIps: true, allowedIps };
}

const NO_KEY = '0'.repeat(64);

/** Reads the preshared keys of an answer that `parseUapiGet` has accepted. */
function takePresharedKeys(answer: Uint8Array): Map<WgPublicKey, SecretBytes> {
  const found = new Map<WgPublicKey, SecretBytes>();
  let publicKey: WgPublicKey | undefined;
  for (const line of latin1Text(answer).split('\n')) {
    const [key, value = ''] = line.split('=');
    if (key === 'public_key') publicKey = encodeBase64(fromHex(value)) as WgPublicKey;
    if (key !== 'preshared_key' || publicKey === undefined || value === NO_KEY) continue;
    found.set(publicKey, SecretBytes.own(fromHex(value)));
  }
  return found;
}

/** WgError quotes no secret, so its text may be kept. */
function translate<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (!(error instanceof WgError)) throw error;
    throw new TunnelError(
      error.code === 'device_error' ? 'apply_failed' : 'unexpected_answer',
      error.message,
    );
  }
}
