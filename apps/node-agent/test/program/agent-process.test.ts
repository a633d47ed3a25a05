// The agent as a process, with a fake controller over real mutual TLS and the dry-run tunnel: what it does
// with configs and keys, and what it reports.

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { decodeBase64 } from '@mesh/primitives';
import { appliedMessage, benchmarkMessage, leaveMessage, verifyMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { configBody, newKemKeys, startController } from '../support/agent-fixtures.ts';
import { enrolled, publish, run, sealedConfig, secretsOf } from '../support/agent-program.ts';

/** The default of `reconcile_seconds`. */
const RECONCILE_MS = 30_000;

describe('the agent as a process', () => {
  it('enrols, goes up, follows its config, submits, shows its status, and leaves on down', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    const { stateDir, result, up, status } = await enrolled(controller);
    expect(result).toMatchObject({ node_id: 'self', addresses: ['10.9.0.1/24'] });
    set(configBody('v1', ['a', 'b']));
    const settings = join(stateDir, '..', 'agent.yaml');
    writeFileSync(settings, 'metrics: { port: 0 }\n', { mode: 0o600 });
    const agent = up('--config', settings);
    await waitUntil('both peers', () => agent.output().includes('epoch applied to every peer'));
    await waitUntil('a submission', () =>
      controller.requests.some(({ path }) => path === '/v1/benchmarks/self'),
    );

    // The removal waits for nothing, not even for the next look at the interface. Its time runs from the
    // answer on the wire to the line that the tunnel prints.
    set(configBody('v2', ['a']));
    await waitUntil('the removal', () => agent.output().includes('peer removed'));
    const removal = agent
      .output()
      .split('\n')
      .find((line) => line.includes('"peer removed"'));
    const { duration_ms: tookMs } = JSON.parse(removal ?? '{}');
    expect(tookMs).toEqual(expect.any(Number));
    expect(tookMs).toBeLessThan(RECONCILE_MS);

    const seen = await status();
    expect(seen).toMatchObject({
      node_id: 'self',
      allowed: true,
      tunnel: 'dry-run',
      interface_up: true,
      controller: { reachable: true },
      last_measurement: { scores: { overall: 0.9 } },
      last_submission: { outcome: 'accepted' },
      peers: [{ node_id: 'a', on_interface: true, epoch_id: 4 }],
    });
    expect(seen?.lease_left_ms).toBeGreaterThan(100_000);
    expect(statSync(join(stateDir, 'control.sock')).mode & 0o777).toBe(0o600);

    const page = /"address":"(http:[^"]+\/metrics)"/.exec(agent.output())?.[1] ?? '';
    const metrics = await (await fetch(page)).text();
    expect(metrics).toContain('\nmesh_agent_admitted 1\n');
    expect(metrics).toContain('\nmesh_agent_peers{state="on_interface"} 1\n');
    expect(metrics).toContain('\nmesh_agent_submissions_total{outcome="accepted"} 1\n');

    const human = await run(['status', '--state-dir', stateDir]).exit;
    expect(human.output).toMatch(
      /^self of test-mesh, 10\.9\.0\.250\/24 on mesh0 \(dry-run\)\nstanding {5}ALLOWED: ok$/m,
    );
    expect((await run(['ping', 'nobody', '--state-dir', stateDir]).exit).errors).toMatch(
      /not a peer of this node/,
    );

    const down = await run(['down', '--state-dir', stateDir, '--json']).exit;
    expect(JSON.parse(down.output)).toEqual({
      interface: 'mesh0',
      leave_announced: true,
      leave_failure: null,
    });
    expect((await agent.exit).code).toBe(0);
    const leave = controller.requests.find(({ path }) => path === '/v1/leave/self');
    expect(leaveMessage.parse(leave?.body).instance_id).toBe(seen?.instance_id);

    const said = agent.output() + human.output + down.output + JSON.stringify(seen) + metrics;
    for (const secret of secretsOf(stateDir)) expect(said).not.toContain(secret);
    const journal = openSqlite(join(stateDir, 'journal.sqlite'), { migrations: [] });
    const types = journal.prepare<[], { type: string }>('SELECT type FROM events ORDER BY id').all();
    journal.close();
    expect(types.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'started',
        'interface_up',
        'config_applied',
        'peer_added',
        'submitted',
        'peer_removed',
        'stopped',
      ]),
    );
  });

  it('that gets no config answers keeps its lease while other answers confirm its config, and then closes, although its benchmarks are accepted', async () => {
    const controller = await startController();
    const { set, confirm } = publish(controller);
    set(configBody('v1', ['a', 'b'], { lease_seconds: 4 }));
    confirm('v1');
    const { up, status } = await enrolled(controller);
    const agent = up('--interval', '1');
    const accepted = () => controller.requests.filter(({ path }) => path === '/v1/benchmarks/self').length;
    await waitUntil('both peers', () => agent.output().includes('epoch applied to every peer'));
    const atFirst = accepted();
    await waitUntil('two leases', () => accepted() >= atFirst + 8);
    expect(agent.output()).not.toContain('all peers are removed');
    // A peer was removed, but this node does not get that answer.
    confirm('v2');
    const since = accepted();
    await waitUntil('the end of the lease', () => agent.output().includes('all peers are removed'));
    const before = accepted();
    expect(before).toBeGreaterThan(since);
    await waitUntil('a benchmark after the lease', () => accepted() > before);
    expect(await status()).toMatchObject({ lease_left_ms: 0, last_submission: { outcome: 'accepted' } });
    const queries = controller.requests.filter(({ path }) => path.startsWith('/v1/config/'));
    expect(queries.at(-1)?.query.get('wait')).toBe('1s');
  });

  it('that cannot open its keys submits a new key at once, hours before its next interval, and opens what is sealed to that key', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    const { up, status } = await enrolled(controller);
    const agent = up();
    const kemKeysSent = () =>
      controller.requests
        .filter(({ path }) => path === '/v1/benchmarks/self')
        .map(({ body }) => benchmarkMessage.parse(body).kem_public_key ?? '');
    await waitUntil(
      'the first submission',
      async () => (await status())?.last_submission?.outcome === 'accepted',
    );
    set(sealedConfig('v1', newKemKeys().forSubmission()));
    await waitUntil('a second submission', () => kemKeysSent().length === 2);
    const [first, second = ''] = kemKeysSent();
    expect(second).not.toBe(first);
    expect(agent.output()).not.toContain('epoch applied to every peer');
    set(sealedConfig('v2', second));
    await waitUntil('the keys', () => agent.output().includes('epoch applied to every peer'));
    expect((await status())?.peers).toMatchObject(
      ['a', 'b'].map((name) => ({ node_id: name, on_interface: true, epoch_id: 4 })),
    );
    // No further keys were sent.
    expect(kemKeysSent()).toHaveLength(2);
  });

  it('sends the controller a signed report of the epoch of each peer as soon as it has applied it', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    const { up } = await enrolled(controller);
    up();
    const reports = () =>
      controller.requests
        .filter(({ path }) => path === '/v1/applied/self')
        .map(({ body }) => appliedMessage.parse(body));
    set(configBody('v1', ['a', 'b']));
    await waitUntil('the report', () => reports().some(({ peers }) => peers.length === 2));
    const told = reports().find(({ peers }) => peers.length === 2);
    expect(told).toMatchObject({
      mesh_id: 'test-mesh',
      node_id: 'self',
      epoch_id: 4,
      // A dry run has no handshakes.
      peers: ['a', 'b'].map((name) => ({ node_id: name, epoch_id: 4, handshake_age_ms: null })),
    });
    const identity = decodeBase64(controller.enrolments[0]?.identity_key ?? '', { lengthBytes: 32 });
    expect(verifyMessage('applied', told as never, identity)).toBe(true);
  });

  it('reports to the controller why measuring fails, and when that is over', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    const { stateDir, up, status } = await enrolled(controller);
    const scores = join(stateDir, '..', 'later.json');
    up('--benchmark-file', scores, '--interval', '1');
    set(configBody('v1', ['a']));
    const troubles = () =>
      controller.requests
        .filter(({ path }) => path === '/v1/applied/self')
        .map(({ body }) => appliedMessage.parse(body).troubles);
    await waitUntil('the report', () => troubles().some((told) => told !== undefined));
    const { measurement_failure: failure } = (await status()) ?? {};
    expect(failure?.message).toContain(scores);
    expect(troubles().find((told) => told !== undefined)).toEqual({
      measurement: { since: expect.any(String), code: failure?.code, reason: failure?.message },
    });
    writeFileSync(scores, '{"scores":{"overall":0.9}}');
    await waitUntil('the report without it', () => troubles().at(-1) === undefined);
    expect((await status())?.measurement_failure).toBeNull();
  });
});
