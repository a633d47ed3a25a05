// The question as an OpenAI-compatible chat service wants it.

import { HarnessError } from './harness-error.ts';

export const CHAT_COMPLETIONS_PATH = '/v1/chat/completions';

export interface ChatQuestion {
  readonly model: string;
  readonly system?: string | undefined;
  readonly prompt: string;
  /** Longest answer in tokens; an answer that is cut off there counts as failed. Default 1024. */
  readonly maxTokens?: number | undefined;
  /** Passed on where given, for services that honour it. */
  readonly seed?: number | undefined;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: 'system' | 'user'; readonly content: string }[];
  readonly temperature: 0;
  readonly max_tokens: number;
  readonly n: 1;
  readonly stream: false;
  readonly seed?: number;
}

/**
 * The body of `POST /v1/chat/completions`: one answer, not streamed, at temperature 0, so that a change in
 * score is a change in behaviour as far as the service allows.
 *
 * @throws HarnessError `invalid_option` for an empty model or a token limit that is not a whole number from 1
 */
export function buildChatRequest(question: ChatQuestion): ChatRequest {
  const { model, system, prompt, maxTokens = 1_024, seed } = question;
  if (model === '') throw new HarnessError('invalid_option', 'model is empty: name the model of the service');
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw new HarnessError('invalid_option', `maxTokens is ${maxTokens}: give a whole number from 1`);
  }
  return {
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user', content: prompt },
    ],
    temperature: 0,
    max_tokens: maxTokens,
    n: 1,
    stream: false,
    ...(seed === undefined ? {} : { seed }),
  };
}
