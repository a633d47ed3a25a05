// Settings of the agent that would fail only later if they were accepted. Each is refused with its place and
// the right form.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endpointOf } from '../../src/settings/advertised-endpoint.ts';
import { loadSettings } from '../../src/settings/agent-settings.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';

const load = (yaml: string, flags: Record<string, unknown> = {}) => {
  const file = join(temporaryDirectory(), 'agent.yaml');
  writeFileSync(file, yaml);
  return { file, load: () => loadSettings({ file, env: {}, flags }) };
};

describe('a configuration of the agent with', () => {
  it.each([
    ['a name', 'advertise: [a.example]', 'advertise.0', 1, 'write an IPv4 or IPv6 address alone'],
    ['a port', 'advertise:\n  - 192.0.2.1:51820', 'advertise.0', 2, 'write `192.0.2.1`: an IPv4'],
    ['brackets', 'advertise: ["[2001:db8::1]"]', 'advertise.0', 1, 'write `2001:db8::1`: an IPv4'],
    ['brackets and a port', 'advertise: ["[2001:db8::1]:51820"]', 'advertise.0', 1, 'write `2001:db8::1`: '],
    ['a blank', 'advertise: [" 192.0.2.1"]', 'advertise.0', 1, 'write `192.0.2.1`: '],
    [
      'addresses that are no list',
      'advertise: 192.0.2.1',
      'advertise',
      1,
      'write a list: `advertise: [192.0.2.1]`',
    ],
    [
      'a command that is no list',
      'measure:\n  command: { argv: run }',
      'measure.command.argv',
      2,
      '`argv: [run]`',
    ],
    ['equal ports', 'listen_port: 5000\nlisten_port_b: 5000', 'listen_port_b', 2, 'are both 5000'],
    ['a default port twice', 'listen_port_b: 51820', 'listen_port_b', 1, 'are both 51820'],
    ["the probe's port", 'listen_port: 51871', 'listen_port', 1, '51871 is also the UDP port'],
    ['the port before it', 'listen_port: 51870', 'listen_port', 1, '51871 is also the UDP port'],
    ['its port set', 'probe:\n  port: 51821', 'probe.port', 2, '51821 is also the UDP port'],
    ['a look at every microsecond', 'reconcile_seconds: 1e-6', 'reconcile_seconds', 1, '>=0.1'],
    ['an overlap ignored', 'routes: { overlap: ignore }', 'routes.overlap', 1, 'host-routes'],
    ['an interface without room for -a', 'interface: abcdefghijklmn', 'interface', 1, '1 to 13 of'],
    ['a suite of two lines', 'measure: { suite_version: "a\\nb" }', 'measure.suite_version', 1, 'one line'],
    [
      'a service without a scheme',
      'measure: { canary: { endpoint: a:1 } }',
      'measure.canary.endpoint',
      1,
      'http://127',
    ],
    [
      'a URL without a scheme',
      'measure: { url: { url: 127.0.0.1 } }',
      'measure.url.url',
      1,
      'write a URL such as',
    ],
  ])('%s is refused at its line', (_what, yaml, setting, line, message) => {
    const settings = load(yaml);
    let refusal = '';
    try {
      settings.load();
    } catch (error) {
      refusal = (error as Error).message;
    }
    const place = `  ${setting} (${settings.file}:${line}): `;
    expect(refusal).toContain(place);
    expect(refusal).toContain(message);
    expect(refusal.split('\n')).toHaveLength(2);
  });

  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '169.254.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'ff02::1',
  ])('the address %s, which peers could not use, is refused', (address) => {
    expect(load(`advertise: ["${address}"]`).load).toThrow(`${address} is no address that another host`);
  });

  it('a bad flag is refused with the name of its setting', () => {
    expect(load('', { advertise: ['host.example:51820'] }).load).toThrow(
      'advertise.0 (flag --advertise): write an IPv4 or IPv6 address alone, without port or brackets',
    );
  });

  it.each([
    ['listen_port: 65535', { a: 65_535, b: 65_534 }],
    ['listen_port: 1', { a: 1, b: 2 }],
    ['listen_port: 5\nlisten_port_b: 4\nprobe: { port: 0 }', { a: 5, b: 4 }],
  ])('%j is accepted, and both ports are announced', (yaml, listen_ports) => {
    const settings = load(`${yaml}\nadvertise: [192.0.2.1, "2001:db8::1"]\n`).load();
    expect(endpointOf(settings)).toEqual({ listen_ports, advertise: ['192.0.2.1', '2001:db8::1'] });
  });
});
