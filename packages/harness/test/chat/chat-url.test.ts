import { completeChatUrl } from '@mesh/harness';
import { expect, it } from 'vitest';

it.each([
  ['http://h:8000', 'http://h:8000/v1/chat/completions'],
  ['http://h:8000/', 'http://h:8000/v1/chat/completions'],
  ['http://h/v1', 'http://h/v1/chat/completions'],
  ['http://h/v1/', 'http://h/v1/chat/completions'],
  ['http://h/v1//', 'http://h/v1/chat/completions'],
  ['http://h/api/v4', 'http://h/api/v4/chat/completions'],
  ['http://h/proxy', 'http://h/proxy/v1/chat/completions'],
  ['http://h/proxy/v1beta/', 'http://h/proxy/v1beta/chat/completions'],
  ['http://h/v1/chat/completions', 'http://h/v1/chat/completions'],
  ['http://h/v1/chat/completions/', 'http://h/v1/chat/completions'],
  ['http://h/x/chat/completions', 'http://h/x/chat/completions'],
  ['https://h/v1?api-version=1&a=%2F#top', 'https://h/v1/chat/completions?api-version=1&a=%2F'],
  ['https://h?k=/v1', 'https://h/v1/chat/completions?k=/v1'],
  ['http://u:p@h/v1', 'http://u:p@h/v1/chat/completions'],
])('%s is completed to %s', (base, whole) => {
  expect(completeChatUrl(base)).toBe(whole);
});
