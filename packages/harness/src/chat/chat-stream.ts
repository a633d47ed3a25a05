// Joins a streamed answer into the response that the service would have sent at once. OpenAI and Anthropic
// send server-sent events, Ollama a JSON document a line.

import { type JsonValue, parseStrictJson } from '@mesh/primitives';
import { at, countAt, listAt, textAt } from '../json-fields.ts';
import { invalidAnswer } from './chat-answer.ts';
import type { ChatApi } from './chat-api.ts';

/** Largest stream that is read, in UTF-8 bytes: each word comes in an event of its own. */
export const MAX_CHAT_STREAM_BYTES = 8_388_608;
const EVENT_LIMITS = { maxBytes: 1_048_576, maxDepth: 32, unsafeIntegers: 'round' } as const;

/** @throws HarnessError `invalid_answer`; the message quotes nothing from the body */
export function joinChatStream(api: ChatApi, body: string): string {
  const joined = JOINERS[api](body);
  if (joined === undefined)
    throw invalidAnswer('the stream of the chat service ended before its answer was whole');
  return JSON.stringify(joined);
}

/** Each gives undefined if the end of the answer is missing. */
const JOINERS: Readonly<Record<ChatApi, (body: string) => JsonValue | undefined>> = {
  openai: joinOpenAi,
  anthropic: joinAnthropic,
  ollama: joinOllama,
};

function joinOpenAi(body: string): JsonValue | undefined {
  const message = { content: '', refusal: '', reasoning: '' };
  let finish: string | undefined;
  let hasContent = false;
  for (const event of eventsOf(body))
    for (const choice of listAt(event, 'choices')) {
      // A second answer is not part of the first.
      if ((countAt(choice, 'index') ?? 0) !== 0) return { choices: [] };
      message.content += textAt(choice, 'delta', 'content') ?? '';
      hasContent ||= typeof at(choice, 'delta', 'content') === 'string';
      message.refusal += textAt(choice, 'delta', 'refusal') ?? '';
      message.reasoning +=
        textAt(choice, 'delta', 'reasoning_content') ?? textAt(choice, 'delta', 'reasoning') ?? '';
      finish = textAt(choice, 'finish_reason') ?? finish;
    }
  if (finish === undefined) return undefined;
  const said = Object.fromEntries(
    Object.entries(message).filter(([name, text]) => text !== '' || (name === 'content' && hasContent)),
  );
  return { choices: [{ finish_reason: finish, message: said }] };
}

function joinAnthropic(body: string): JsonValue | undefined {
  const blocks: { type: string; text: string; thinking: string }[] = [];
  let stop: string | undefined;
  let ended = false;
  for (const event of eventsOf(body)) {
    const type = textAt(event, 'type');
    const block = blocks[countAt(event, 'index') ?? -1];
    if (type === 'content_block_start')
      blocks.push({ type: textAt(event, 'content_block', 'type') ?? '', text: '', thinking: '' });
    if (type === 'content_block_delta' && block !== undefined) {
      block.text += textAt(event, 'delta', 'text') ?? '';
      block.thinking += textAt(event, 'delta', 'thinking') ?? '';
    }
    if (type === 'message_delta') stop = textAt(event, 'delta', 'stop_reason') ?? stop;
    if (type === 'message_stop') ended = true;
    if (type === 'error') return undefined;
  }
  return ended
    ? { type: 'message', role: 'assistant', content: blocks, stop_reason: stop ?? null }
    : undefined;
}

function joinOllama(body: string): JsonValue | undefined {
  const message = { role: 'assistant', content: '', thinking: '' };
  for (const line of body.split('\n')) {
    if (line.trim() === '') continue;
    const part = parseEvent(line);
    message.content += textAt(part, 'message', 'content') ?? '';
    message.thinking += textAt(part, 'message', 'thinking') ?? '';
    if (at(part, 'done') === true)
      return { message, done: true, done_reason: textAt(part, 'done_reason') ?? null };
  }
  return undefined;
}

const END = '[DONE]';

/** The data of the events, as the WHATWG defines the format; comments and other fields are skipped. */
function* eventsOf(body: string): Generator<JsonValue> {
  for (const event of body.replaceAll(/\r\n?/g, '\n').split('\n\n')) {
    const data = event
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
      .join('\n');
    if (data === END) return;
    if (data !== '') yield parseEvent(data);
  }
}

function parseEvent(text: string): JsonValue {
  try {
    return parseStrictJson(text, EVENT_LIMITS);
  } catch (error) {
    throw invalidAnswer('the chat service did not stream well-formed JSON', { cause: error });
  }
}
