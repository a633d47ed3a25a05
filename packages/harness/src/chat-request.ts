// The question in the form that an OpenAI-compatible chat service expects.

import { defined } from '@mesh/primitives';
import { HarnessError } from './harness-error.ts';

export interface ChatQuestion {
  readonly model: string;
  readonly system?: string | undefined;
  readonly prompt: string;
  /** Longest answer in tokens; an answer that is cut off there counts as failed. Default 1024. */
  readonly maxTokens?: number | undefined;
  /** Passed on if given, for services that honour it. */
  readonly seed?: number | undefined;
  /** Overrides the defaults: more fields, other values, `null` to leave out a default. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** Fields that `fields` may not set: without them there is no question, or no answer that can be read. */
export const FIXED_CHAT_FIELDS: readonly string[] = ['model', 'messages', 'stream'];

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: 'system' | 'user'; readonly content: string }[];
  readonly stream: false;
  /** `temperature`, `max_tokens`, `n`, `seed` and everything in `fields`. */
  readonly [field: string]: unknown;
}

/**
 * The body of the question: one answer, not streamed, at temperature 0, so that a change in score is a change
 * in behaviour, as far as the service allows.
 *
 * The default `max_tokens` is left out if `fields` sets `max_completion_tokens`: services refuse both
 * together.
 *
 * @throws HarnessError `invalid_option` for an empty model, a fixed field in `fields`, or a token limit that
 *   is not a whole number from 1
 */
export function buildChatRequest(question: ChatQuestion): ChatRequest {
  const { model, system, prompt, maxTokens = 1_024, seed, fields = {} } = question;
  if (model === '') throw new HarnessError('invalid_option', 'model is empty: name the model of the service');
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw new HarnessError('invalid_option', `maxTokens is ${maxTokens}: give a whole number from 1`);
  }
  const fixed = FIXED_CHAT_FIELDS.find((name) => Object.hasOwn(fields, name));
  if (fixed !== undefined) {
    throw new HarnessError('invalid_option', `${fixed} cannot be set as a request field: leave it out`);
  }
  const defaults = {
    temperature: 0,
    ...(typeof fields.max_completion_tokens === 'number' ? {} : { max_tokens: maxTokens }),
    n: 1,
    ...defined({ seed }),
  };
  return {
    ...Object.fromEntries(Object.entries({ ...defaults, ...fields }).filter(([, value]) => value !== null)),
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user', content: prompt },
    ],
    stream: false,
  };
}
