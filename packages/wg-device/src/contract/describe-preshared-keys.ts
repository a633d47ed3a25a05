// What every adapter of the tunnel port must do with preshared keys.

import { presharedKeyDigest, type WgDeviceState } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import type { TunnelUnderTest } from './describe-contract.ts';
import { expectCode } from './expect-tunnel-error.ts';
import { makePeer, makePsk, makePublicKey, makeUp, peerOf } from './samples.ts';

export function describePresharedKeys({ tunnel }: TunnelUnderTest): void {
  describe('setPresharedKeys', () => {
    it('changes the keys and nothing else', async () => {
      await tunnel().up(makeUp());
      const peers = [makePeer(1), makePeer(2), makePeer(3)];
      await tunnel().addPeers(peers);
      const before = await tunnel().read();
      const changes = peers.slice(0, 2).map(({ publicKey }) => ({ publicKey, presharedKey: makePsk() }));
      await tunnel().setPresharedKeys(changes);
      const after = await tunnel().read();
      for (const { publicKey, presharedKey } of changes) {
        expect(peerOf(after, publicKey)?.presharedKeyDigest).toBe(presharedKeyDigest(presharedKey));
      }
      expect(withoutDigests(after)).toEqual(withoutDigests(before));
      const third = peers[2]?.publicKey;
      expect(peerOf(after, third)).toEqual(peerOf(before, third));
    });

    it('refuses an unknown peer, creates none and leaves the others as they were', async () => {
      await tunnel().up(makeUp());
      const peer = makePeer(1);
      await tunnel().addPeers([peer]);
      const before = await tunnel().read();
      await expectCode(
        tunnel().setPresharedKeys([
          { publicKey: peer.publicKey, presharedKey: makePsk() },
          { publicKey: makePublicKey(), presharedKey: makePsk() },
        ]),
        'unknown_peer',
      );
      expect(await tunnel().read()).toEqual(before);
    });

    it('does not bring back a peer that was removed', async () => {
      await tunnel().up(makeUp());
      const peer = makePeer(1);
      await tunnel().addPeers([peer]);
      const removal = tunnel().removePeers([peer.publicKey]);
      // The call comes before the removal has ended, as can happen when keys are rotated.
      await expectCode(tunnel().setPresharedKeys([peer]), 'unknown_peer');
      await removal;
      expect((await tunnel().read()).peers).toEqual([]);
    });

    it('refuses a peer that is named twice', async () => {
      await tunnel().up(makeUp());
      const peer = makePeer(1);
      await tunnel().addPeers([peer]);
      await expectCode(
        tunnel().setPresharedKeys([peer, { ...peer, presharedKey: makePsk() }]),
        'invalid_input',
      );
    });

    it('accepts an empty list', async () => {
      await tunnel().setPresharedKeys([]);
    });
  });
}

function withoutDigests(state: WgDeviceState) {
  return state.peers.map(({ presharedKeyDigest: _, ...peer }) => peer);
}
