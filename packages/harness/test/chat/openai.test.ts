import { buildChatRequest, HarnessError, MAX_CHAT_RESPONSE_BYTES, readChatAnswer } from '@mesh/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const response = (choice: unknown, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', model: 'm', choices: [choice], ...more });
const said = (content: unknown, more: Record<string, unknown> = {}): string =>
  response({ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', ...more });

describe('buildChatRequest', () => {
  it('puts the system message first and asks for one answer at temperature 0', () => {
    expect(buildChatRequest({ model: 'm', system: 'Be brief.', prompt: 'Hello' })).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
      temperature: 0,
      max_tokens: 1_024,
      n: 1,
      stream: false,
    });
  });

  it('sends a system message and a seed only if they are given', () => {
    const bare = buildChatRequest({ model: 'm', prompt: 'Hello', maxTokens: 5 });
    expect(bare.messages).toEqual([{ role: 'user', content: 'Hello' }]);
    expect(bare.max_tokens).toBe(5);
    expect('seed' in bare).toBe(false);
    expect(buildChatRequest({ model: 'm', prompt: 'Hello', seed: 0 }).seed).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d as a token limit', (maxTokens) => {
    expect(() => buildChatRequest({ model: 'm', prompt: 'Hello', maxTokens })).toThrow(HarnessError);
  });

  it('overrides the defaults with fields, and leaves out what is null', () => {
    const fields = { max_tokens: 9, temperature: null, n: null, top_p: 0.5 };
    expect(buildChatRequest({ model: 'm', prompt: 'Hello', fields })).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 9,
      top_p: 0.5,
      stream: false,
    });
  });

  it('sends max_completion_tokens in place of max_tokens', () => {
    const request = buildChatRequest({ model: 'm', prompt: 'Hello', fields: { max_completion_tokens: 9 } });
    expect(request.max_completion_tokens).toBe(9);
    expect('max_tokens' in request).toBe(false);
  });

  it.each(['model', 'messages', 'stream'])('refuses the field %s', (name) => {
    expect(() => buildChatRequest({ model: 'm', prompt: 'Hello', fields: { [name]: null } })).toThrow(name);
  });

  it('refuses an empty model', () => {
    expect(() => buildChatRequest({ model: '', prompt: 'Hello' })).toThrow(/name the model/);
  });
});

describe('readChatAnswer', () => {
  it('gives back any text of a service', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(readChatAnswer(said(text))).toEqual({ text });
      }),
    );
  });

  it('reads an answer without finish reason and role, and ignores unknown fields', () => {
    const body = '{"choices":[{"message":{"content":"hi","extra":[1]},"logprobs":null}]}';
    expect(readChatAnswer(body)).toEqual({ text: 'hi' });
  });

  it('accepts a structured refusal as the answer', () => {
    const message = { role: 'assistant', content: null, refusal: "I can't help with that." };
    expect(readChatAnswer(response({ message, finish_reason: 'stop' })).text).toBe("I can't help with that.");
  });

  it('joins the text of parts and ignores other parts', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'image_url', image_url: {} },
      { type: 'text', text: 'b' },
    ];
    expect(readChatAnswer(said(parts))).toEqual({ text: 'ab' });
  });

  it.each([
    ['reasoning', said('x', { message: { content: 'x', reasoning: 'r' } }), 'r'],
    ['reasoning_content', said('x', { message: { content: 'x', reasoning_content: 'r' } }), 'r'],
    ['a block', said(' <think>r</think>\n\nx'), 'r'],
  ])('keeps %s apart from the answer', (_what, body, reasoning) => {
    expect(readChatAnswer(body)).toEqual({ text: 'x', reasoning });
  });

  it('leaves a block within the answer in it', () => {
    expect(readChatAnswer(said('x <think>r</think>'))).toEqual({ text: 'x <think>r</think>' });
  });

  it.each([
    ['a closed block', said('<think>r</think>')],
    ['an unclosed block', said('<think>I cannot')],
    ['an empty block', said('<think></think> ')],
    ['a field', said('', { message: { content: '', reasoning: 'r' } })],
  ])('finds no answer in %s of reasoning alone', (_what, body) => {
    expect(() => readChatAnswer(body)).toThrow(/reasoning alone/);
  });

  it('accepts numbers beyond 2^53, which it does not use', () => {
    const body = `{"seed":18446744073709551615,${said('hi').slice(1)}`;
    expect(readChatAnswer(body)).toEqual({ text: 'hi' });
  });

  it.each([
    ['nothing', ''],
    ['an HTML page', '<html>502 Bad Gateway</html>'],
    ['half an answer', said('hello').slice(0, -5)],
    ['an event stream', `data: ${said('hello')}\n\n`],
    ['null', 'null'],
    ['a list', `[${said('hello')}]`],
    ['text', '"hello"'],
    ['an error', '{"error":{"message":"overloaded"}}'],
    ['no choices', '{"choices":[]}'],
    ['two choices', '{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}'],
    ['choices as an object', '{"choices":{"0":{"message":{"content":"a"}}}}'],
    ['no message', response({ finish_reason: 'stop' })],
    ['a delta', response({ delta: { content: 'hello' } })],
    ['a legacy completion', response({ text: 'hello' })],
    ['no content', response({ message: { role: 'assistant' } })],
    ['null content', said(null)],
    [
      'tool calls alone',
      response({
        message: { role: 'assistant', content: null, tool_calls: [{}] },
        finish_reason: 'tool_calls',
      }),
    ],
    ['a filtered answer', said(null, { finish_reason: 'content_filter' })],
    ['a number', said(7)],
    ['parts without text', said([{ type: 'image_url', image_url: {} }])],
    ['a text part without text', said([{ type: 'text' }])],
    ['an answer that was cut off', said('I can', { finish_reason: 'length' })],
    ['the message of a user', response({ message: { role: 'user', content: 'hello' } })],
    ['the same key twice', '{"choices":[{"message":{"content":"bad","content":"good"}}]}'],
    ['a lone surrogate', '{"choices":[{"message":{"content":"\\ud800"}}]}'],
    ['a deep nest', `{"x":${'['.repeat(5_000)}${']'.repeat(5_000)},"choices":[]}`],
    ['too much', said('a'.repeat(MAX_CHAT_RESPONSE_BYTES))],
  ])('refuses %s', (_what, body) => {
    expect(() => readChatAnswer(body)).toThrow(HarnessError);
  });

  it('holds nothing of the body in its message', () => {
    const secret = 'hunter2';
    for (const body of [
      `{${secret}`,
      JSON.stringify({ choices: secret }),
      said({ [secret]: secret }),
      said(secret, { finish_reason: 'length' }),
    ]) {
      try {
        readChatAnswer(body);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(HarnessError);
        expect(String(error)).not.toContain(secret);
        expect(String((error as HarnessError).cause)).not.toContain(secret);
      }
    }
  });
});
