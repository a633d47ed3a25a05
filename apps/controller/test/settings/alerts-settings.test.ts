import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.ts';

const load = (webhooks: unknown, commands: unknown = []) =>
  loadSettings({
    file: undefined,
    env: { MESH_ALERTS_WEBHOOKS: JSON.stringify(webhooks), MESH_ALERTS_COMMANDS: JSON.stringify(commands) },
    flags: {},
    interfaces: {},
  }).config.alerts;

const hook = { name: 'ops', url: 'https://a.example/x', secret_file: '/s' };
const command = { name: 'page', run: ['/bin/page', '$(id)'] };

it('receivers are told of everything unless events are named', () => {
  const { webhooks, commands } = load([hook], [{ ...command, events: ['cut'] }]);
  expect(webhooks[0]).toMatchObject({ template: 'json', timeout_seconds: 10, insecure_http: false });
  expect(webhooks[0]?.events).toHaveLength(11);
  expect(commands[0]).toMatchObject({ run: ['/bin/page', '$(id)'], events: ['cut'] });
  expect(() => load([{ ...hook, url: 'http://a.example/', insecure_http: true }])).not.toThrow();
  expect(() => load([{ name: 'am', url: 'https://a.example/', template: 'alertmanager' }])).not.toThrow();
  expect(() => load([{ name: 'chat', url_file: '/u', template: 'slack' }])).not.toThrow();
});

describe('refused, with what to write:', () => {
  it.each([
    ['no name', [{ ...hook, name: undefined }], [], 'name'],
    ['a name with other characters', [{ ...hook, name: 'Ops!' }], [], 'small letters'],
    ['a name twice', [hook], [{ ...command, name: 'ops' }], 'a name of its own'],
    ['an unknown event', [{ ...hook, events: ['cuts'] }], [], 'events'],
    ['no event', [{ ...hook, events: [] }], [], 'events'],
    ['an unknown template', [{ ...hook, template: 'xml' }], [], 'template'],
    ['no address', [{ ...hook, url: undefined }], [], 'give the address once'],
    ['two addresses', [{ ...hook, url_file: '/u' }], [], 'give the address once'],
    ['no secret', [{ ...hook, secret_file: undefined }], [], 'name a file with the secret'],
    ['http', [{ ...hook, url: 'http://a.example/' }], [], 'write an https URL'],
    ['another scheme', [{ ...hook, url: 'file:///etc/passwd' }], [], 'write a URL such as'],
    ['what is no URL', [{ ...hook, url: 'a.example' }], [], 'write a URL such as'],
    ['a password', [{ ...hook, url: 'https://me:pw@a.example/' }], [], 'leave user and password out'],
    ['the URL of a Slack webhook', [{ ...hook, template: 'slack' }], [], 'put it into a file'],
    ['a timeout of two minutes', [{ ...hook, timeout_seconds: 120 }], [], 'timeout_seconds'],
    ['a command without a program', [], [{ ...command, run: [] }], 'run'],
    ['a program without its path', [], [{ ...command, run: ['page'] }], 'the absolute path'],
    ['an argument with a NUL', [], [{ ...command, run: ['/bin/page', 'a\0b'] }], 'NUL'],
    ['a command for a shell', [], [{ ...command, run: '/bin/page now' }], 'run'],
  ])('%s', (_, webhooks, commands, part) => {
    expect(() => load(webhooks, commands)).toThrow(part);
  });
});
