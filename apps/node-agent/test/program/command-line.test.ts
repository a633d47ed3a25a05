import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderStatus } from '../../src/commands/status.ts';
import { exitCodes } from '../../src/errors/agent-error.ts';
import type { AgentStatus, OverlapStatus, PeerStatus } from '../../src/status/agent-status.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';
import { callProgram } from '../support/call-program.ts';
import { unknowing } from '../support/unknowing-status.ts';

describe('the command line', () => {
  it.each([
    [['status'], 'not_running', /start one with mesh-agent up/],
    [['down'], 'not_enrolled', /run mesh-agent enrol first/],
    [['up', '--dry-run'], 'not_enrolled', /run mesh-agent enrol first/],
    [['ping', 'b', '--count', '0'], 'usage', /1 to 100/],
    [['up', '--tunnel', 'magic'], 'usage', /Allowed choices/],
    [['up', '--benchmark-file', 'a', '--benchmark-url', 'http://b'], 'usage', /one source/],
    [['up', '--route-overlap', 'ignore'], 'usage', /Allowed choices are host-routes, refuse/],
    [['up', '--listen-port', 'many'], 'usage', /listen_port/],
    [['up', '--advertise', 'host.example'], 'usage', /advertise/],
    [
      ['enrol', '--controller', 'https://127.0.0.1:9', '--node-id', 'UPPER', '--token-file', '-'],
      'usage',
      /--node-id/,
    ],
    [
      ['enrol', '--controller', 'https://127.0.0.1:9', '--node-id', 'a', '--token-file', '-'],
      'usage',
      /token is empty/,
    ],
    [
      ['enrol', '--controller', 'https://127.0.0.1:9', '--node-id', 'a', '--token-file', '/none'],
      'usage',
      /does not exist/,
    ],
    [['doctor'], 'unwell', /enrolment.*: mend what is marked FAILED/],
    [['no-such-command'], 'usage', /unknown command/],
  ] as const)('%j ends with the code for %s and says what to do', async (args, code, message) => {
    const known = ['status', 'down', 'up', 'ping', 'enrol', 'doctor'].includes(args[0]);
    const state = known ? ['--state-dir', join(temporaryDirectory(), 'state')] : [];
    const done = await callProgram([...args, ...state]);
    expect(done.errors).toMatch(message);
    expect(done.code).toBe(exitCodes[code]);
  });

  it.each(['enrol', 'up', 'down', 'status', 'ping', 'doctor', 'configtest'])(
    '%s --help shows examples',
    async (command) => {
      const { code, output } = await callProgram([command, '--help']);
      expect(code).toBe(0);
      expect(output).toMatch(/Examples:\n {2}\$ /);
    },
  );

  it('--help shows every exit code', async () => {
    const { output } = await callProgram(['--help']);
    for (const code of Object.values(exitCodes))
      expect(output).toMatch(new RegExp(`^ {2}${code} {2}\\S`, 'm'));
  });

  it('does not accept a token as an argument', async () => {
    const { output } = await callProgram(['enrol', '--help']);
    expect(output).not.toMatch(/--token[ <]/);
  });

  it('reads settings from the environment, and names an unknown variable', async () => {
    const done = await callProgram(['status'], { MESH_AGENT_STATE_DIR: '/no/such/place' });
    expect(done.errors).toContain('/no/such/place/control.sock');
    const typo = await callProgram(['status'], { MESH_AGENT_STATEDIR: '/x' });
    expect(typo.code).toBe(exitCodes.usage);
    expect(typo.errors).toMatch(/did you mean MESH_AGENT_STATE_DIR/);
  });
});

describe('configtest', () => {
  it('shows every setting with where it comes from', async () => {
    const file = join(temporaryDirectory(), 'agent.yaml');
    writeFileSync(file, 'listen_port: 51000\n');
    const { code, output } = await callProgram(['configtest', '--config', file], {
      MESH_AGENT_INTERFACE: 'wgx',
    });
    expect(code).toBe(0);
    expect(output).toContain(`listen_port = 51000  (file ${file}:1)`);
    expect(output).toContain('interface = "wgx"  (env MESH_AGENT_INTERFACE)');
    expect(output).toContain('tunnel = "auto"  (default)');
    const json = await callProgram(['configtest', '--config', file, '--json']);
    expect(JSON.parse(json.output)).toContainEqual(
      expect.objectContaining({ path: 'listen_port', value: 51_000 }),
    );
  });

  it.each([
    ['listen_port: many', /listen_port.*number/],
    [
      'measure: { canary: { endpoint: "http://127.0.0.1:1", suite: /no/such.yaml } }',
      /no\/such.yaml cannot be read/,
    ],
    [
      'measure: { url: { url: "http://127.0.0.1:1", api_key_file: /no/such.key } }',
      /no\/such.key does not exist/,
    ],
    ['measure: { source: file }', /needs measure.file.path/],
  ])('refuses %s', async (text, message) => {
    const file = join(temporaryDirectory(), 'agent.yaml');
    writeFileSync(file, text);
    const done = await callProgram(['configtest', '--config', file]);
    expect(done.code).toBe(exitCodes.usage);
    expect(done.errors).toMatch(message);
    expect(done.output).toBe('');
  });
});

describe('the status for people', () => {
  it('says clearly that a lease has ended and that nothing is known yet', () => {
    const text = renderStatus(unknowing);
    expect(text).toMatch(/mesh0 \(userspace, DOWN\)/);
    expect(text).toMatch(/lease {8}ended: all peers are removed/);
    expect(text).toMatch(/guard {8}none: if the agent is killed/);
    expect(text).toMatch(/^overlaps {5}none$/m);
    expect(text).toMatch(/host rules {3}none: .* reached around the mesh/);
    expect(text).toMatch(/does not answer \(unreachable: no\)/);
    expect(text).toMatch(/measured {5}FAILING since noon: timeout: took too long/);
  });

  const peer: PeerStatus = {
    node_id: 'b',
    public_key: 'k',
    endpoint: null,
    on_interface: true,
    epoch_id: 7,
    epoch_id_there: 7,
    limit_bits_per_second: 1_500_000,
    handshake_age_ms: null,
    suspicion: null,
    failure: null,
    rtt_ms: null,
    worst_rtt_ms: null,
    loss: null,
    probes: { state: 'off', sent: 0, answered: 0, age_ms: null },
    rx_bytes: 0,
    tx_bytes: 0,
  };

  it('says which part of the tunnel fails and since when, and which peer cannot be set', () => {
    const failure = { since: 'noon', code: 'apply_failed', message: 'address in use' };
    const text = renderStatus({
      ...unknowing,
      tunnel_failure: { ...failure, code: 'route_conflict' },
      measurement_failure: null,
      peers: [peer, { ...peer, node_id: 'c', failure }],
    });
    expect(text).toMatch(/^tunnel {7}FAILING since noon: route_conflict: address in use$/m);
    expect(text).toMatch(/^ {2}c .* — FAILING since noon: apply_failed: address in use$/m);
    expect(text).not.toMatch(/^ {2}b .*FAILING/m);
    expect(text).toMatch(/^measured {5}nothing yet$/m);
  });

  it('shows which epoch each pair has at both its ends', () => {
    const line = (epoch_id: number | null, epoch_id_there: number | null) =>
      renderStatus({ ...unknowing, peers: [{ ...peer, epoch_id, epoch_id_there }] });
    expect(line(7, 7)).toContain(', epoch 7 at both ends, ');
    expect(line(7, 6)).toContain(', epoch 7 here and 6 there, ');
    expect(line(7, null)).toContain(', epoch 7 here and ? there, ');
    expect(line(null, null)).toContain(', epoch ? here and ? there, ');
  });

  it('shows round trips and loss only where they are measured, and else why not', () => {
    const line = (changed: Partial<PeerStatus>) =>
      renderStatus({ ...unknowing, peers: [{ ...peer, ...changed }] });
    const measured = { rtt_ms: 12.34, worst_rtt_ms: 40, loss: 0.1, rx_bytes: 1_500, tx_bytes: 2e6 };
    const said = (state: PeerStatus['probes']['state'], sent = 20) => ({
      probes: { state, sent, answered: 0, age_ms: 3_000 },
    });
    expect(line({ ...measured, ...said('measured') })).toContain(
      ', rtt 12.3 ms (at most 40.0), loss 10 % of 20, received 1.5 kB, sent 2 MB, ',
    );
    expect(line(said('no_answer'))).toContain(', no answer to probes, ');
    expect(line(said('too_few', 3))).toContain(', rtt and loss not known after 3 probes, ');
    expect(line(said('old'))).toContain(', probes are too old, ');
    expect(line(said('off'))).toContain(', not probed, ');
  });

  it('shows for each overlap what it is, where, since when, and what happens to the peers', () => {
    const overlap: OverlapStatus = {
      kind: 'address',
      prefix: '10.9.0.200/24',
      interface: 'br0',
      table: 'main',
      since: '2030-01-01T00:00:00.000Z',
      handled: 'host-routes',
      peers: [],
    };
    const text = renderStatus({
      ...unknowing,
      overlaps: [
        overlap,
        { ...overlap, kind: 'route', interface: null, handled: 'refused' },
        { ...overlap, kind: 'lookup', prefix: '10.9.0.0/16', table: '100', handled: 'leaking', peers: ['b'] },
      ],
      peers: [
        { ...peer, on_interface: false },
        { ...peer, node_id: 'c', on_interface: false },
      ],
    });
    expect(text).toMatch(
      /^overlaps\n {2}address 10\.9\.0\.200\/24 on br0 since 2030-01-01T00:00:00\.000Z: each peer has a route/m,
    );
    expect(text).toMatch(/^ {2}route 10\.9\.0\.200\/24 on no interface since .*: REFUSED, nobody/m);
    expect(text).toMatch(/^ {2}10\.9\.0\.0\/16 by table 100 on br0 since .*: LEAKING, .* sends to b /m);
    expect(text).toMatch(/^ {2}b .*, kept off: LEAKING$/m);
    expect(text).toMatch(/^ {2}c .*, waits for its key$/m);
  });

  it('shows the limit of each pair, and says if nothing enforces it', () => {
    const lines = (guard: AgentStatus['guard']) =>
      renderStatus({
        ...unknowing,
        guard,
        peers: [peer, { ...peer, node_id: 'c', limit_bits_per_second: null }],
      });
    const applied = lines({ kind: 'nftables', state: 'applied', ends_in_ms: 1, failure: null });
    expect(applied).toMatch(/^ {2}b .*, limit 1\.5 Mbit\/s, /m);
    expect(applied).toMatch(/^ {2}c .*, no limit, /m);
    for (const guard of [
      unknowing.guard,
      { kind: 'nftables', state: 'failed', ends_in_ms: null, failure: 'x' },
    ])
      expect(lines(guard as AgentStatus['guard'])).toMatch(
        /^ {2}b .*, limit 1\.5 Mbit\/s \(NOT ENFORCED\), /m,
      );
  });
});
