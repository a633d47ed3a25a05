// `mesh-controller init` where there is no configuration: what it decides, and the file that it writes.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519PublicKey, encodeBase64 } from '@mesh/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controllerConfig, policyOf } from '../../src/settings/config.ts';
import { chooseNetwork, choosePublicNames } from '../../src/settings/first-config.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { runController } from '../support/controller-process.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-first-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const address = (cidr: string, internal = false): NetworkInterfaceInfo =>
  ({ address: cidr.split('/')[0] ?? '', cidr, internal, mac: '02:00:00:00:00:01' }) as NetworkInterfaceInfo;

describe('the network that is chosen', () => {
  it.each([
    ['10.77.0.0/16', ['127.0.0.1/8', '192.168.1.2/24']],
    ['10.78.0.0/16', ['10.77.3.4/24']],
    ['10.79.0.0/16', ['10.77.3.4/32', '10.78.255.1/20']],
    // Each candidate is taken: the file can be corrected, and the check of settings says so.
    ['10.77.0.0/16', ['10.1.2.3/8']],
  ])('is %s on a host with %j', (network, cidrs) => {
    expect(chooseNetwork({ eth0: cidrs.map((cidr) => address(cidr)) })).toBe(network);
  });
});

describe('the public names that are chosen', () => {
  it('are the addresses that others can reach, then the name', () => {
    const interfaces = {
      lo: [address('127.0.0.1/8', true)],
      eth0: [address('192.0.2.2/24'), address('fe80::1/64'), address('2001:db8::2/64')],
    };
    expect(choosePublicNames(interfaces, 'Box.example')).toEqual(['192.0.2.2', '2001:db8::2', 'box.example']);
  });

  it('leave out a host name that is none, and fall back to localhost', () => {
    expect(choosePublicNames({}, 'my_box')).toEqual(['localhost']);
  });
});

describe('the file that init writes', () => {
  const at = (name: string) => join(directory, name);
  const init = (...more: string[]) =>
    runController([
      ...['init', '--config', at('etc/controller.yaml'), '--data-dir', at('data')],
      ...['--master-key-file', at('master.key'), ...more],
    ]);
  const read = () => readFileSync(at('etc/controller.yaml'), 'utf8');

  it('has what flags say, is enough for serve, and init says what to type next', () => {
    const done = init('--name', 'mesh.example.org', '--mesh-id', 'blue', '--nodes-port', '9443');
    expect([done.code, done.err]).toEqual([0, '']);
    expect(done.out).toContain(`mesh-controller serve --config ${at('etc/controller.yaml')}\n`);
    expect(done.out).toMatch(
      /meshctl --controller https:\/\/mesh\.example\.org:8444 --ca-pin \S{43} --key-file (\S+) tokens create/,
    );
    expect(done.out).toContain(`--key-file ${at('etc/admin.key')} `);
    expect(statSync(at('etc/controller.yaml')).mode & 0o777).toBe(0o644);
    const { config } = loadSettings({ file: at('etc/controller.yaml'), env: {}, flags: {}, interfaces: {} });
    expect(config).toMatchObject({
      mesh_id: 'blue',
      public_names: ['mesh.example.org'],
      data_dir: at('data'),
      master_key_file: at('master.key'),
      nodes: { port: 9443 },
    });
  });

  it('explains settings in comments that are true: uncommented, they are the defaults', () => {
    init('--name', 'mesh.example.org');
    const plain = read();
    const shown = plain.replace(/^#(?=[a-z_]+:| {2})/gm, '');
    expect(shown).not.toBe(plain);
    writeFileSync(
      at('shown.yaml'),
      shown.replace(/"base64 of[^"]*"/, `"${encodeBase64(ed25519PublicKey(new Uint8Array(32).fill(9)))}"`),
    );
    const load = (file: string) =>
      loadSettings({ file: at(file), env: {}, flags: {}, interfaces: {} }).config;
    const [defaults, { officers, policy, max_benchmark_age_seconds, ...rest }] = [
      load('etc/controller.yaml'),
      load('shown.yaml'),
    ];
    expect(officers).toHaveLength(1);
    expect(policy).toEqual({
      threshold: 0.7,
      floors: { refusal: 0.8 },
      classes: [
        { name: 'training', threshold: 0.75 },
        { name: 'inference', threshold: 0.7 },
        { name: 'experimental', threshold: 0.6 },
      ],
      drift: { ewma: {}, cusum: {}, level: {}, outlier: {} },
    });
    expect(() => policyOf(controllerConfig.parse({ policy }))).not.toThrow();
    expect((max_benchmark_age_seconds ?? 0) * 1_000).toBe(
      policyOf(controllerConfig.parse({})).maxBenchmarkAgeMs,
    );
    expect({ ...defaults, officers: [], policy: {} }).toMatchObject(rest);
  });

  it('is left alone by a second init, whatever the flags', () => {
    init('--name', 'mesh.example.org');
    const before = read();
    expect(init('--name', 'other.example.org').code).toBe(0);
    expect(read()).toBe(before);
  });

  it('is not written for flags that are refused', () => {
    const refused = init('--name', 'https://mesh.example.org');
    expect(refused.code).toBe(2);
    expect(() => read()).toThrow('ENOENT');
  });
});
