// The checks of `mesh-agent doctor` that look at files: each finds its fault, and finds nothing without it.

import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCapabilities } from '../../src/doctor/check-capabilities.ts';
import { checkMeasuring } from '../../src/doctor/check-measuring.ts';
import { checkPermissions } from '../../src/doctor/check-permissions.ts';
import { checkRpFilter } from '../../src/doctor/check-rp-filter.ts';
import { checkTun } from '../../src/doctor/check-tun.ts';
import { loadOrCreateKeys } from '../../src/identity/key-files.ts';
import { openStateDir, stateDirAt } from '../../src/identity/state-dir.ts';
import { random32, temporaryDirectory } from '../support/agent-fixtures.ts';

const UID = process.geteuid?.() ?? 0;
const STRANGER = 12_345;

describe('permissions', () => {
  function stateWithKeys() {
    const folder = temporaryDirectory();
    const dir = openStateDir(join(folder, 'state'));
    loadOrCreateKeys(dir.keys, random32);
    writeFileSync(dir.enrolment, '{}');
    const runtimeDir = join(folder, 'run');
    mkdirSync(runtimeDir, { mode: 0o700 });
    const apiKey = join(folder, 'api-key');
    writeFileSync(apiKey, 'secret', { mode: 0o600 });
    return { dir, runtimeDir, secretFiles: [apiKey], uid: UID, apiKey };
  }
  type State = ReturnType<typeof stateWithKeys>;

  it('are fine as the agent makes them', () => {
    expect(checkPermissions(stateWithKeys())).toMatchObject({ outcome: 'ok' });
  });

  it.each<[string, (state: State) => void, RegExp]>([
    [
      'a state directory that others may open',
      ({ dir }) => chmodSync(dir.path, 0o750),
      /mode 0750.*chmod 700/,
    ],
    [
      'keys that others may read',
      ({ dir }) => chmodSync(dir.keys, 0o640),
      /keys \(mode 0640\): run chmod 600/,
    ],
    [
      'keys to come that others may read',
      ({ dir }) => writeFileSync(dir.nextKeys, '', { mode: 0o640 }),
      /keys\.next \(mode 0640\): run chmod 600/,
    ],
    [
      "another user's unsent measurement",
      ({ dir }) => {
        writeFileSync(dir.spool, '');
        chownSync(dir.spool, STRANGER, 0);
      },
      /unsent-measurement\.json belongs to user 12345/,
    ],
    ['an API key that others may read', ({ apiKey }) => chmodSync(apiKey, 0o604), /api-key.*chmod 600/],
    ['a missing API key', ({ apiKey }) => rmSync(apiKey), /api-key does not exist/],
    [
      "another user's enrolment",
      ({ dir }) => chownSync(dir.enrolment, STRANGER, 0),
      /enrolment.json belongs to user 12345.*chown/,
    ],
    [
      "another user's runtime folder",
      ({ runtimeDir }) => chownSync(runtimeDir, STRANGER, 0),
      /run belongs to user 12345/,
    ],
    [
      'a file in place of the runtime folder',
      ({ runtimeDir }) => {
        rmSync(runtimeDir, { recursive: true });
        writeFileSync(runtimeDir, '');
      },
      /run is no folder/,
    ],
  ])('report %s', (_, spoil, message) => {
    const state = stateWithKeys();
    spoil(state);
    const finding = checkPermissions(state);
    expect(finding.outcome).toBe('failed');
    expect(finding.message).toMatch(message);
  });

  it('have nothing to look at before the first enrolment', () => {
    const dir = stateDirAt(join(temporaryDirectory(), 'none'));
    const input = { dir, runtimeDir: join(dir.path, 'run'), secretFiles: [], uid: UID };
    expect(checkPermissions(input).outcome).toBe('skipped');
  });
});

describe('capabilities', () => {
  const statusWith = (line: string) => {
    const file = join(temporaryDirectory(), 'status');
    writeFileSync(file, `Name:\tnode\n${line}\nCapBnd:\t000001ffffffffff\n`);
    return file;
  };

  it('are those of this process, which may make interfaces', () => {
    expect(checkCapabilities().outcome).toBe('ok');
  });

  it('are enough with CAP_NET_ADMIN alone, and not with all others', () => {
    expect(checkCapabilities(statusWith('CapEff:\t0000000000001000')).outcome).toBe('ok');
    const without = checkCapabilities(statusWith('CapEff:\t000001ffffffefff'));
    expect(without.outcome).toBe('failed');
    expect(without.message).toMatch(/AmbientCapabilities=CAP_NET_ADMIN/);
  });

  it('are reported if the kernel does not say', () => {
    expect(checkCapabilities(statusWith('CapPrm:\t0')).outcome).toBe('failed');
  });
});

describe('tun', () => {
  it('is fine where the device can be opened', () => {
    expect(checkTun(true).outcome).toBe('ok');
  });

  it('reports a missing device, and a file in its place', () => {
    const path = join(temporaryDirectory(), 'tun');
    expect(checkTun(true, path)).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/ENOENT.*--device/),
    });
    writeFileSync(path, '');
    expect(checkTun(true, path)).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/no device/),
    });
    expect(checkTun(false, path).outcome).toBe('skipped');
  });
});

describe('rp_filter', () => {
  const slotNames = ['mesh0-a', 'mesh0-b'];
  function procSys(values: Readonly<Record<string, string>>, mode = 0o644): string {
    const root = temporaryDirectory();
    for (const [name, value] of Object.entries(values)) {
      const folder = join(root, 'net/ipv4/conf', name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'rp_filter'), `${value}\n`, { mode });
    }
    return root;
  }
  const look = (root: string, hasIpv4 = true) => checkRpFilter({ hasIpv4, slotNames, procSys: root });

  it.each([
    ['off', { all: '0', default: '0' }],
    ['loose for new interfaces', { all: '0', default: '2' }],
    ['strict for all, but loose for ours', { all: '1', default: '1', 'mesh0-a': '2', 'mesh0-b': '2' }],
  ])('is fine if it is %s', (_, values) => {
    expect(look(procSys(values)).outcome).toBe('ok');
  });

  it.each([
    { all: '1', default: '0' },
    { all: '0', default: '1' },
    { all: '0', default: '0', 'mesh0-b': '1' },
  ])('that is strict (%j) is the agent’s to set, or reported where it cannot', (values) => {
    const root = procSys(values);
    expect(look(root)).toMatchObject({ outcome: 'ok', message: expect.stringMatching(/agent will set/) });
    const fixed = checkRpFilter({ hasIpv4: true, slotNames, procSys: root, canWrite: () => false });
    expect(fixed).toMatchObject({
      outcome: 'warning',
      message: expect.stringMatching(/mesh0-b.*net.ipv4.conf.default.rp_filter=2/),
    });
  });

  it('says nothing about an overlay without IPv4, or a kernel without the setting', () => {
    expect(look(procSys({ all: '1', default: '1' }), false).outcome).toBe('skipped');
    expect(look(temporaryDirectory()).outcome).toBe('skipped');
  });
});

describe('measuring', () => {
  const open = () => undefined;

  it('is fine with a source that opens', () => {
    expect(checkMeasuring({ kind: 'command', open, canConfine: true }).outcome).toBe('ok');
    expect(checkMeasuring({ kind: 'file', open, canConfine: false }).outcome).toBe('ok');
  });

  it('reports that nothing is measured, and that util-linux is missing', () => {
    expect(checkMeasuring({ kind: 'none', open, canConfine: true })).toMatchObject({
      outcome: 'warning',
      message: expect.stringMatching(/measure.source/),
    });
    expect(checkMeasuring({ kind: 'url', open, canConfine: false })).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/install util-linux/),
    });
  });
});
