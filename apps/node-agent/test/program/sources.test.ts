// `mesh-agent sources check` and `attest`, and the flags that name a result file.

import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attestationEnvelope, type BenchmarkMessage, readStatement, verifyAttestation } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { type SourceFlags, sourceSettings } from '../../src/commands/source-flags.ts';
import { exitCodes } from '../../src/errors/agent-error.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';
import { callProgram } from '../support/call-program.ts';

const call = (...args: readonly string[]) => callProgram(args);

/** Two days ago, by a harness that writes no zone. */
const MEASURED = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 19);
const REPORT = `<testsuite name="api" timestamp="${MEASURED}">
  <testcase name="one"/><testcase name="two"><failure/></testcase>
</testsuite>`;

function file(content = REPORT, name = 'report.xml') {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, content);
  return path;
}

const check = (path: string, ...more: string[]) => call('sources', 'check', `junit:${path}`, ...more);
/** The report is older than a day, and is allowed to be. */
const settings = (measure: object) => file(JSON.stringify({ measure }), 'agent.json');
const lasting = { report: { max_age_seconds: 31_622_400 } };

describe('mesh-agent sources check', () => {
  it('shows the paths of a file for which there is no mapping yet', async () => {
    const { code, output, errors } = await check(file());
    expect(output).toBe('The file holds:\n  passed\n  suite.api\n');
    expect(errors).toMatch(/add --map overall=PATH/);
    expect(code).toBe(exitCodes.usage);
  });

  it('shows what would be sent', async () => {
    const { code, output } = await check(file(), '--map', 'overall=passed', '--config', settings(lasting));
    expect(output).toContain(`JUnit XML, measured ${MEASURED}.000Z, sha256 `);
    expect(output).toContain(
      'SCORE    VALUE   SAMPLES  ERROR  FROM\noverall  0.5000  2               passed\n',
    );
    expect(output).toMatch(/This would be sent\.\n$/);
    expect(code).toBe(0);
  });

  it('shows why nothing would be sent, for each score', async () => {
    const { code, output, errors } = await check(file(), '--map', 'overall=passed#3,ui=suite.ui');
    expect(output).toMatch(/^overall {2}unscored .* passed: it rests on 2 samples, and 3 are asked for$/m);
    expect(output).toMatch(/^ui {7}unscored .* suite\.ui: the file holds nothing at "suite\.ui"$/m);
    expect(errors).toMatch(/^nothing would be sent: .*overall: .*; ui: /);
    expect(code).toBe(exitCodes.failed);
  });

  it('refuses what is too old, by the time in the file or that of its last change', async () => {
    const path = file();
    expect((await check(path, '--map', 'overall=passed')).errors).toMatch(
      /measured \d+ s ago, and 86400 s are allowed/,
    );
    const untimed = file(REPORT.replace(/ timestamp="[^"]*"/, ''));
    expect(await check(untimed, '--map', 'overall=passed')).toMatchObject({ code: 0 });
    utimesSync(untimed, 1_000_000, 1_000_000);
    expect(await check(untimed, '--map', 'overall=passed')).toMatchObject({ code: exitCodes.failed });
  });

  it('refuses a truncated file, and writes nothing of it that could move a cursor', async () => {
    const bad = file(REPORT.slice(0, -4));
    expect((await check(bad, '--map', 'overall=passed')).errors).toMatch(
      /^nothing would be sent: .*not whole/,
    );
    const hostile = file(REPORT.replace('api', 'a\u001b[2J'));
    const { output } = await check(hostile);
    expect(output).not.toContain('\u001b');
    expect(output).toContain('\\u{1b}');
  });

  it('takes file and mapping from the settings, and prints everything as JSON', async () => {
    const report = { ...lasting.report, path: file(), format: 'junit', map: { overall: 'suite.api#2' } };
    const { code, output } = await call('sources', 'check', '--json', '--config', settings({ report }));
    expect(JSON.parse(output)).toEqual({
      harness: 'JUnit XML',
      model: null,
      measured_at: `${MEASURED}.000Z`,
      evidence: { sha256: expect.any(String), media_type: 'application/xml', harness: 'JUnit XML' },
      scores: [{ dimension: 'overall', path: 'suite.api', score: 0.5, samples: 2 }],
      sent: true,
      reason: null,
    });
    expect(code).toBe(0);
  });

  it.each([
    [[], /no result file is named/],
    [['out.json'], /does not say what it is: write KIND:FILE/],
    [['csv:out.json'], /does not say what it is/],
    [['junit:'], /does not say what it is/],
    [['junit:/none'], /\/none cannot be read/],
    [['prometheus:http://p'], /no result file is named/],
    [['json:out.json', '--map', 'overall'], /--map: .*write NAME=PATH/],
  ])('%j is refused with what to do', async (args, why) => {
    expect(await call('sources', 'check', ...args)).toMatchObject({
      code: exitCodes.usage,
      errors: expect.stringMatching(why),
    });
  });
});

describe('mesh-agent sources attest', () => {
  const about = ['--mesh-id', 'demo', '--node-id', 'node-a', '--suite-version', 'api/1', '--key-id', 'lab-1'];
  function keyFile(type: 'ed25519' | 'x25519' = 'ed25519', mode = 0o600) {
    const { privateKey } =
      type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
    const path = file(String(privateKey.export({ type: 'pkcs8', format: 'pem' })), 'key.pem');
    chmodSync(path, mode);
    return path;
  }
  const attest = (path: string, ...more: string[]) =>
    call('sources', 'attest', `junit:${path}`, '--config', settings(lasting), ...about, ...more);

  it('signs what would be sent, with a key that it names for the policy', async () => {
    const { code, output, errors } = await attest(file(), '--map', 'overall=passed', '--key-file', keyFile());
    expect(code).toBe(0);
    const [, key = ''] = /^attestors: \{ lab-1: (\S+) \}\n$/.exec(errors) ?? [];
    const attestation = attestationEnvelope.parse(JSON.parse(output));
    const message = {
      mesh_id: 'demo',
      node_id: 'node-a',
      timestamp: `${MEASURED}Z`,
      suite_version: 'api/1',
      scores: { overall: 0.5 },
      samples: { overall: 2 },
    } as unknown as BenchmarkMessage;
    expect(verifyAttestation(message, attestation, { 'lab-1': key })).toEqual({ attestor: 'lab-1' });
    expect(readStatement(attestation).predicate).toMatchObject({
      result: 'FAILED',
      failedTests: ['overall'],
    });
  });

  it('signs nothing that would not be sent, nor with a key that others may read or of another kind', async () => {
    const [map, key] = [['--map', 'overall=passed'], keyFile()];
    const part = await attest(file(REPORT.slice(0, -4)), ...map, '--key-file', key);
    expect(part).toMatchObject({ code: exitCodes.failed, output: '' });
    const few = await attest(file(), '--map', 'overall=passed#3', '--key-file', key);
    expect(few).toMatchObject({ code: exitCodes.failed, output: '' });
    for (const bad of [keyFile('ed25519', 0o644), keyFile('x25519'), file('no key', 'key.pem')])
      expect(await attest(file(), ...map, '--key-file', bad)).toMatchObject({
        code: exitCodes.usage,
        output: '',
        errors: expect.stringMatching(/Ed25519 private key in PEM/),
      });
    expect(await attest(file(), ...map, '--key-file', key, '--pass-at', '2')).toMatchObject({
      code: exitCodes.usage,
    });
    expect(await attest(file(), ...map, '--key-file', key, '--node-id', 'A/B')).toMatchObject({
      code: exitCodes.usage,
    });
  });
});

describe('the flags of a source', () => {
  it.each<[SourceFlags, object]>([
    [{}, {}],
    [
      {
        source: 'promptfoo:a:b.json',
        map: ['overall=successes,refusal=namedScores.refusal'],
        sourceModel: 'm',
      },
      {
        'measure.source': 'report',
        'measure.report.format': 'promptfoo',
        'measure.report.path': 'a:b.json',
        'measure.report.map': { overall: 'successes', refusal: 'namedScores.refusal' },
        'measure.report.model': 'm',
      },
    ],
    [
      { source: 'prometheus:http://p:9090', map: ['overall=sum(x{a="1",b="2"})@1..0'] },
      {
        'measure.source': 'prometheus',
        'measure.prometheus.url': 'http://p:9090',
        'measure.prometheus.map': { overall: 'sum(x{a="1",b="2"})@1..0' },
      },
    ],
  ])('%j become settings', (flags, expected) => {
    expect(JSON.parse(JSON.stringify(sourceSettings(flags)))).toEqual(expected);
  });

  it('name an attestation', () => {
    expect(sourceSettings({ source: 'attestation:a.json' })).toEqual({
      'measure.source': 'attestation',
      'measure.attestation.path': 'a.json',
    });
  });

  it.each<[SourceFlags, RegExp]>([
    [{ map: ['overall=a'] }, /belong to --source/],
    [{ sourceModel: 'm' }, /belong to --source/],
    [{ source: 'attestation:a', map: ['overall=a'] }, /leave --map and --source-model out/],
    [{ source: 'prometheus:http://p', sourceModel: 'm' }, /leave it out/],
  ])('%j are refused', (flags, why) => {
    expect(() => sourceSettings(flags)).toThrow(why);
  });

  it('of two sources are refused', async () => {
    const two = ['--source', 'promptfoo:a', '--map', 'overall=b', '--benchmark-file', 'c'];
    expect((await call('up', '--dry-run', ...two)).errors).toMatch(/one source of measurements, not 2/);
  });
});

describe('the settings of a source', () => {
  it.each([
    [{ report: { path: 'a', format: 'promptfoo' } }, /measure\.report\.map: .*"overall".* is missing/],
    [
      { report: { path: 'a', format: 'promptfoo', map: { overall: 'a@1..1' } } },
      /worst and best value are the same/,
    ],
    [{ report: { path: 'a', map: { overall: 'a' } } }, /needs measure\.report\.format/],
    [{ report: { path: 'a', format: 'csv' } }, /report\.format/],
    [{ prometheus: { url: 'http://p' } }, /measure\.prometheus\.map: .* is missing/],
    [{ source: 'prometheus', prometheus: { map: { overall: 'a' } } }, /needs measure\.prometheus\.url/],
  ])('%j are refused before anything is measured', async (measure, why) => {
    const { code, errors } = await call('configtest', '--config', settings(measure));
    expect(errors).toMatch(why);
    expect(code).toBe(exitCodes.usage);
  });
});
