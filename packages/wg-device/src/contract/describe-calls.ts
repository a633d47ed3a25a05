// What every adapter of the tunnel port must do in every call: keep the order, fail in the agreed way, end
// the interface, show no key.

import { describe, expect, it } from 'vitest';
import type { TunnelUnderTest } from './describe-contract.ts';
import { expectCode } from './expect-tunnel-error.ts';
import { everythingOf, findSecret } from './find-secret.ts';
import { makePeer, makeUp } from './samples.ts';

export function describeCalls({ tunnel }: TunnelUnderTest): void {
  describe('where there is no interface', () => {
    it('every change rejects with not_up', async () => {
      const peer = makePeer(1);
      await expectCode(tunnel().read(), 'not_up');
      await expectCode(tunnel().addPeers([peer]), 'not_up');
      await expectCode(tunnel().setPresharedKeys([peer]), 'not_up');
      await expectCode(tunnel().removePeers([peer.publicKey]), 'not_up');
      await expectCode(tunnel().updatePeer({ publicKey: peer.publicKey, allowedIps: [] }), 'not_up');
    });

    it('down is fine', async () => {
      await tunnel().down();
    });
  });

  it('calls run in the order in which they were made', async () => {
    const peer = makePeer(1);
    const calls = [
      tunnel().up(makeUp()),
      tunnel().addPeers([peer]),
      tunnel().removePeers([peer.publicKey]),
      tunnel().addPeers([makePeer(1)]),
    ];
    await Promise.all(calls);
    expect((await tunnel().read()).peers).toHaveLength(1);
  });

  it('a call that fails does not stop the next', async () => {
    const failing = tunnel().addPeers([makePeer(1)]);
    const next = tunnel().up(makeUp());
    await expectCode(failing, 'not_up');
    expect((await next).kind).toBe('created');
  });

  it('down ends the interface, twice is fine, and up makes a new one', async () => {
    await tunnel().up(makeUp());
    await tunnel().addPeers([makePeer(1)]);
    await tunnel().down();
    await tunnel().down();
    await expectCode(tunnel().read(), 'not_up');
    expect(await tunnel().up(makeUp())).toMatchObject({ kind: 'created', state: { peers: [] } });
  });

  it('no error and no state shows a key that was put in', async () => {
    const wanted = makeUp();
    await tunnel().up(wanted);
    const [peer, stranger] = [makePeer(1), makePeer(1)];
    await tunnel().addPeers([peer]);
    const attempts = await Promise.allSettled([
      tunnel().addPeers([stranger]),
      tunnel().setPresharedKeys([stranger]),
      tunnel().setPresharedKeys([{ ...peer, presharedKey: `${peer.presharedKey}x` as never }]),
      tunnel().setPresharedKeys([peer, peer]),
      tunnel().up({ ...wanted, privateKey: `${wanted.privateKey}x` as never }),
    ]);
    expect(attempts.map((attempt) => attempt.status)).toEqual(new Array(5).fill('rejected'));
    const errors = attempts.map((attempt) => (attempt.status === 'rejected' ? attempt.reason : undefined));
    const shown = [...errors.map(everythingOf), JSON.stringify(await tunnel().read())].join('\n');
    const secrets = [wanted.privateKey, peer.presharedKey, stranger.presharedKey];
    expect(secrets.flatMap((secret) => findSecret(shown, secret))).toEqual([]);
    // The search finds a key where there is one.
    expect(findSecret(`${shown}${peer.presharedKey}`, peer.presharedKey)).not.toEqual([]);
  });
}
