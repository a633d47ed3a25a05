// Chat services as they are: like OpenAI, Anthropic and Ollama, at once and as a stream.

import {
  buildChatRequest,
  CHAT_APIS,
  type ChatApi,
  chatHeaders,
  completeChatUrl,
  readChat,
} from '@mesh/harness';
import { describe, expect, it } from 'vitest';

const refusalOf = (api: ChatApi, body: string, stream = false): string => {
  try {
    return `answered: ${JSON.stringify(readChat(api, body, stream))}`;
  } catch (error) {
    return String(error);
  }
};

describe('where and how a service is asked', () => {
  it.each<[ChatApi, string, string]>([
    ['anthropic', 'https://h', 'https://h/v1/messages'],
    ['anthropic', 'https://h/v1/', 'https://h/v1/messages'],
    ['anthropic', 'https://h/proxy/v1/messages?a=b', 'https://h/proxy/v1/messages?a=b'],
    ['ollama', 'http://h:11434', 'http://h:11434/api/chat'],
    ['ollama', 'http://h/api', 'http://h/api/chat'],
    ['ollama', 'http://h/x/api/chat', 'http://h/x/api/chat'],
    ['openai', 'http://h', 'http://h/v1/chat/completions'],
  ])('%s at %s is asked at %s', (api, base, url) => {
    expect(completeChatUrl(base, api)).toBe(url);
  });

  it('gives the key as each takes it, and none if there is none', () => {
    expect(chatHeaders('openai', 'k')).toMatchObject({ authorization: 'Bearer k' });
    expect(chatHeaders('ollama', 'k')).toMatchObject({ authorization: 'Bearer k' });
    const anthropic = chatHeaders('anthropic', 'k');
    expect(anthropic).toEqual({
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-api-key': 'k',
    });
    for (const api of CHAT_APIS)
      expect(JSON.stringify(chatHeaders(api, undefined))).not.toMatch(/authorization|api-key/);
  });

  const question = { model: 'm', system: 'Be brief.', prompt: 'Hi', maxTokens: 50, seed: 7 };

  it('puts the question as Anthropic takes it', () => {
    expect(buildChatRequest({ ...question, api: 'anthropic', stream: true })).toEqual({
      model: 'm',
      system: 'Be brief.',
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 50,
      temperature: 0,
      stream: true,
    });
  });

  it('puts the question as Ollama takes it, with options that can be changed and left out', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    const base = { model: 'm', messages, stream: false };
    expect(buildChatRequest({ ...question, api: 'ollama' })).toEqual({
      ...base,
      options: { temperature: 0, num_predict: 50, seed: 7 },
    });
    const fields = { options: { num_ctx: 8_192, temperature: null }, think: false };
    expect(buildChatRequest({ ...question, api: 'ollama', fields })).toEqual({
      ...base,
      think: false,
      options: { num_predict: 50, seed: 7, num_ctx: 8_192 },
    });
  });
});

const anthropic = (content: object[], more: object = {}) =>
  JSON.stringify({ type: 'message', role: 'assistant', content, stop_reason: 'end_turn', ...more });
const ollama = (message: object, more: object = {}) =>
  JSON.stringify({
    model: 'm',
    message: { role: 'assistant', ...message },
    done: true,
    done_reason: 'stop',
    ...more,
  });

describe('an answer at once', () => {
  it('of Anthropic is its text blocks, with thinking kept apart', () => {
    const blocks = [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    expect(readChat('anthropic', anthropic(blocks))).toEqual({ text: 'ab', reasoning: 'hm' });
    expect(readChat('anthropic', anthropic([{ type: 'text', text: '' }]))).toEqual({ text: '' });
  });

  it('of Ollama is its content, with thinking and a think block kept apart', () => {
    expect(readChat('ollama', ollama({ content: 'yes', thinking: 'hm' }))).toEqual({
      text: 'yes',
      reasoning: 'hm',
    });
    expect(readChat('ollama', ollama({ content: '<think>hm</think>yes' }))).toEqual({
      text: 'yes',
      reasoning: 'hm',
    });
  });

  it.each<[ChatApi, string, RegExp]>([
    ['anthropic', anthropic([{ type: 'text', text: 'a' }], { stop_reason: 'max_tokens' }), /cut off/],
    ['anthropic', anthropic([{ type: 'tool_use', name: 'x' }]), /without any text/],
    ['anthropic', anthropic([{ type: 'thinking', thinking: 'hm' }]), /reasoning alone/],
    ['anthropic', anthropic([{ type: 'text', text: 5 }]), /not as expected/],
    ['anthropic', '{"type":"error","error":{"type":"overloaded_error"}}', /not as expected/],
    ['anthropic', 'x', /well-formed JSON/],
    ['ollama', ollama({ content: 'a' }, { done_reason: 'length' }), /cut off/],
    ['ollama', ollama({ content: 'a' }, { done: false }), /not as expected/],
    ['ollama', ollama({ content: '<think>hm' }), /reasoning alone/],
    ['ollama', '{"error":"model not found"}', /not as expected/],
    ['openai', anthropic([{ type: 'text', text: 'a' }]), /not as expected at: choices/],
  ])('of %s, %s, is refused', (api, body, why) => {
    expect(refusalOf(api, body)).toMatch(why);
  });
});

const events = (...data: (object | string)[]) =>
  data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');
const delta = (more: object, finish: string | null = null) => ({
  choices: [{ index: 0, delta: more, finish_reason: finish }],
});
const OPENAI = events(
  delta({ role: 'assistant', content: '' }),
  delta({ reasoning_content: 'hm' }),
  delta({ content: 'Hel' }),
  delta({ content: 'lo' }),
  delta({}, 'stop'),
  { choices: [], usage: {} },
  '[DONE]',
);
const ANTHROPIC = events(
  { type: 'message_start', message: {} },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hel' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'lo' } },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
  { type: 'message_stop' },
);
const OLLAMA = [
  '{"message":{"thinking":"hm","content":""},"done":false}',
  '{"message":{"content":"Hel"},"done":false}',
]
  .concat('{"message":{"content":"lo"},"done":true,"done_reason":"stop"}')
  .join('\n');

describe('a streamed answer', () => {
  const streams: [ChatApi, string][] = [
    ['openai', OPENAI],
    ['anthropic', ANTHROPIC],
    ['ollama', OLLAMA],
  ];

  it.each(streams)('of %s is joined, with thinking kept apart', (api, body) => {
    expect(readChat(api, body, true)).toEqual({ text: 'Hello', reasoning: 'hm' });
    const commented = api === 'ollama' ? body : `: comment\n\n${body}`;
    expect(readChat(api, commented.replaceAll('\n', '\r\n'), true).text).toBe('Hello');
  });

  it.each(streams)('of %s that is cut off anywhere before its end is none', (api, body) => {
    const end =
      api === 'openai'
        ? body.indexOf('"stop"')
        : body.indexOf(api === 'ollama' ? '"done":true' : 'message_stop');
    for (let length = 0; length < end; length += 1)
      expect(refusalOf(api, body.slice(0, length), true), `cut off at ${length}`).toMatch(/^HarnessError/);
  });

  it.each<[string, ChatApi, string, RegExp]>([
    ['is cut off by its limit', 'openai', events(delta({ content: 'a' }, 'length')), /cut off/],
    [
      'has a second choice',
      'openai',
      events({ choices: [{ index: 1, delta: { content: 'a' } }] }),
      /exactly one|choices/,
    ],
    ['is an error', 'anthropic', events({ type: 'error', error: {} }), /ended before/],
    ['is no JSON', 'openai', 'data: {\n\n', /well-formed JSON/],
    [
      'is not streamed',
      'openai',
      JSON.stringify({ choices: [{ message: { content: 'a' } }] }),
      /ended before/,
    ],
    ['says nothing', 'openai', events(delta({}, 'stop')), /without any text/],
  ])('that %s is refused', (_what, api, body, why) => {
    expect(refusalOf(api, body, true)).toMatch(why);
  });

  it('that is empty is an empty answer, not a missing one', () => {
    expect(readChat('openai', events(delta({ content: '' }), delta({}, 'stop')), true)).toEqual({ text: '' });
  });
});
