// The three ways in which chat services are asked: like OpenAI, like Anthropic, like Ollama.

import { defined } from '@mesh/primitives';
import { readAnthropicAnswer } from './anthropic-response.ts';
import type { ChatAnswer } from './chat-answer.ts';
import { joinChatStream } from './chat-stream.ts';
import { readOllamaAnswer } from './ollama-response.ts';
import { readChatAnswer } from './openai-response.ts';

export const CHAT_APIS = ['openai', 'anthropic', 'ollama'] as const;
export type ChatApi = (typeof CHAT_APIS)[number];

/** The version of Anthropic's API whose answers are read here. */
const ANTHROPIC_VERSION = '2023-06-01';

const READERS: Readonly<Record<ChatApi, (body: string) => ChatAnswer>> = {
  openai: readChatAnswer,
  anthropic: readAnthropicAnswer,
  ollama: readOllamaAnswer,
};

/** The headers of a question. */
export function chatHeaders(api: ChatApi, apiKey: string | undefined): Record<string, string> {
  const common = { 'content-type': 'application/json' };
  return api === 'anthropic'
    ? { ...common, 'anthropic-version': ANTHROPIC_VERSION, ...defined({ 'x-api-key': apiKey }) }
    : { ...common, ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) };
}

/**
 * The answer in a response body, which is a stream of events if the question asked for one.
 *
 * @throws HarnessError `invalid_answer` as `readChatAnswer`, also for a stream that ends before its answer
 */
export function readChat(api: ChatApi, body: string, stream = false): ChatAnswer {
  return READERS[api](stream ? joinChatStream(api, body) : body);
}
