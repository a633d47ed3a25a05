// A measured service behind TLS that needs an API key. Key and CA are files of the agent, which the process
// that asks cannot read.

import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { systemTimers } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseSource } from '../../src/measure/choose-source.ts';
import { credentialsIn } from '../../src/measure/sources/credentials.ts';
import { settingsSchema } from '../../src/settings/agent-settings.ts';
import { configBody, silent, startController, temporaryDirectory } from '../support/agent-fixtures.ts';
import { enrolled, publish } from '../support/agent-program.ts';
import { codeOf, measure, NOW } from '../support/measure-fixtures.ts';
import { TestAuthority } from '../support/test-authority.ts';

const SUITE = `{ name: t, version: "1", prompts: [{ id: a, dimension: d, prompt: p, assert: [{ type: contains, value: yes }] }] }`;
const ANSWERS: Record<string, object> = {
  GET: { scores: { overall: 1 } },
  POST: { choices: [{ message: { role: 'assistant', content: 'yes' } }] },
};

/** A service with a certificate of its own CA, and the files for it. */
async function guarded() {
  const authority = await TestAuthority.create();
  const keysSent: (string | undefined)[] = [];
  const server = createServer(await authority.serverIdentity(), (request, response) => {
    keysSent.push(request.headers.authorization);
    response.end(JSON.stringify(ANSWERS[request.method ?? '']));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = temporaryDirectory();
  const put = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keysSent,
    caFile: put('ca.pem', authority.pem),
    apiKeyFile: put('key', 'sk-one\n'),
    suite: put('suite.yaml', SUITE),
    put,
  };
}

const sourceOf = (settings: object) => {
  const controllerClock = { nowMs: () => NOW, fromWallMs: (wallMs: number) => wallMs };
  const parsed = settingsSchema.parse({ measure: settings }).measure;
  const source = chooseSource(parsed, { controllerClock, timers: systemTimers, logger: silent });
  if (source === undefined) throw new Error('nothing is to be measured');
  return source;
};

describe('a service behind TLS', () => {
  it.each(['canary', 'url'] as const)(
    'is measured by %s with its CA, and gets the current key',
    async (kind) => {
      const { url, keysSent, caFile, apiKeyFile, suite, put } = await guarded();
      const files = { api_key_file: apiKeyFile, ca_file: caFile };
      const source = sourceOf(
        kind === 'url' ? { url: { url, ...files } } : { canary: { endpoint: url, suite, ...files } },
      );
      expect((await measure(source)).scores.overall).toBe(1);
      put('key', 'sk-two');
      expect((await measure(source)).scores.overall).toBe(1);
      expect(keysSent).toEqual(['Bearer sk-one', 'Bearer sk-two']);
      put('key', 'two lines\nof them');
      expect(await codeOf(measure(source))).toBe('malformed');
      put('ca.pem', 'none');
      put('key', 'sk-three');
      expect(await codeOf(measure(source))).toBe('malformed');
      expect(keysSent).toHaveLength(2);
    },
  );

  it('that no public CA has certified gets no request, and the reason names the setting', async () => {
    const { url, keysSent, apiKeyFile } = await guarded();
    const failure = measure(sourceOf({ url: { url, api_key_file: apiKeyFile } }));
    await expect(failure).rejects.toThrow(/certificate that is not trusted \(\w+\): set ca_file/);
    expect(keysSent).toEqual([]);
  });

  it.each(['canary', 'url'] as const)('is measured by the program with the flags of %s', async (kind) => {
    const { url, keysSent, caFile, apiKeyFile, suite } = await guarded();
    const controller = await startController();
    const { set } = publish(controller);
    const { upMeasuring } = await enrolled(controller);
    set(configBody('v1', ['a']));
    const source =
      kind === 'url' ? ['--benchmark-url', url] : ['--canary-endpoint', url, '--canary-suite', suite];
    const prefix = kind === 'url' ? '--benchmark-url' : '--canary';
    upMeasuring([...source, `${prefix}-api-key-file`, apiKeyFile, `${prefix}-ca-file`, caFile]);
    await waitUntil('a submission', () =>
      controller.requests.some(({ path }) => path === '/v1/benchmarks/self'),
    );
    expect(keysSent[0]).toBe('Bearer sk-one');
  });
});

describe('credentials', () => {
  it.each([
    ['a key that others can read', 'apiKeyFile', 'sk-secret', 0o644, /others may open .*chmod 600/],
    ['a blank key', 'apiKeyFile', ' \n', 0o600, /one API key/],
    ['a key with a line break', 'apiKeyFile', 'a\r\nx: y', 0o600, /one API key/],
    ['a key that is no ASCII', 'apiKeyFile', 'schlüssel', 0o600, /one API key/],
    ['an invalid CA', 'caFile', 'no-pem', 0o644, /holds no certificate/],
  ] as const)(
    'with %s are refused, and the message shows nothing of them',
    (_what, setting, content, mode, message) => {
      const path = join(temporaryDirectory(), 'file');
      writeFileSync(path, content);
      chmodSync(path, mode);
      expect(credentialsIn({ [setting]: path })).toThrow(message);
      expect(credentialsIn({ [setting]: path })).not.toThrow(content);
      expect(() =>
        sourceOf({
          url: { url: 'http://h', ...(setting === 'caFile' ? { ca_file: path } : { api_key_file: path }) },
        }),
      ).toThrow(expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }));
    },
  );

  it('with the key in a variable of the environment have it as it is there now', () => {
    const env = { LLM_KEY: ' sk-one\n' };
    const read = credentialsIn({ apiKeyEnv: 'LLM_KEY' }, env);
    expect(read()).toEqual({ apiKey: 'sk-one' });
    env.LLM_KEY = 'two words';
    expect(read).toThrow(/^the variable LLM_KEY is to hold one API key/);
    expect(read).not.toThrow('two words');
    expect(credentialsIn({ apiKeyEnv: 'OTHER' }, env)).toThrow(/the variable OTHER/);
  });

  it.each(['apiKeyFile', 'caFile'])('without the file of %s are refused with its path', (setting) => {
    expect(credentialsIn({ [setting]: '/no/such/file' })).toThrow(/^\/no\/such\/file /);
  });
});
