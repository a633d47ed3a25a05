// The way in, end to end over real sockets: token, pin, enrolment, mutual TLS, benchmark, admission, keys.

import { FakeClock } from '@mesh/host/test-kit';
import { verifyMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { enrolTestNode, modelOf, openNextEpoch, startTestController } from '../support/index.ts';

describe('two nodes that enrol and report good scores', () => {
  it('are admitted at the next boundary and hold the same key', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    await using controller = await startTestController({ clock });
    const a = await enrolTestNode(controller, 'node-a');
    const b = await enrolTestNode(controller, 'node-b');
    expect(a.enrolment.nodes_url).toBe(controller.nodesUrl);
    expect((await a.submit(0.9)).membership).toBe('DENIED');
    await b.submit(0.9);
    const epochId = await openNextEpoch(controller);
    const [first, second] = await Promise.all([a.config(), b.config()]);
    if (first === undefined || second === undefined) throw new Error('no config came');
    expect(verifyMessage('config', first.raw, a.configPublicKey)).toBe(true);
    const ofA = modelOf(first.body);
    const ofB = modelOf(second.body);
    expect([...ofA.peers.keys()]).toEqual(['node-b']);
    const key = ofA.psks.get(epochId)?.get('node-b');
    expect(key).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(ofB.psks.get(epochId)?.get('node-a')).toBe(key);
    a.close();
    b.close();
  });
});
