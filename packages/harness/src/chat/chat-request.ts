// The question in the form that a chat service expects.

import { defined } from '@mesh/primitives';
import { HarnessError } from '../harness-error.ts';
import type { ChatApi } from './chat-api.ts';

export interface ChatQuestion {
  /** Default `openai`. */
  readonly api?: ChatApi | undefined;
  readonly model: string;
  readonly system?: string | undefined;
  readonly prompt: string;
  /** Longest answer in tokens; an answer that is cut off there counts as failed. Default 1024. */
  readonly maxTokens?: number | undefined;
  /** Passed on if given, for services that honour it. */
  readonly seed?: number | undefined;
  /** Whether the answer is to come as a stream. Default false. */
  readonly stream?: boolean | undefined;
  /** Overrides the defaults: more fields, other values, `null` to leave out a default. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** Fields that `fields` may not set: without them there is no question, or no answer that can be read. */
export const FIXED_CHAT_FIELDS: readonly string[] = ['model', 'messages', 'stream'];

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: 'system' | 'user'; readonly content: string }[];
  readonly stream: boolean;
  /** `temperature`, `max_tokens`, `n`, `seed` and everything in `fields`. */
  readonly [field: string]: unknown;
}

/**
 * The body of the question: one answer at temperature 0, so that a change in score is a change in behaviour,
 * as far as the service allows.
 *
 * The default `max_tokens` is left out if `fields` sets `max_completion_tokens`: services refuse both
 * together. For Ollama the defaults are members of `options`, and `fields.options` is merged over them. For
 * Anthropic the system message is the field `system`, and a seed is not passed on.
 *
 * @throws HarnessError `invalid_option` for an empty model, a fixed field in `fields`, or a token limit that
 *   is not a whole number from 1
 */
export function buildChatRequest(question: ChatQuestion): ChatRequest {
  const { api = 'openai', model, system, prompt, maxTokens = 1_024, stream = false, fields = {} } = question;
  if (model === '') throw new HarnessError('invalid_option', 'model is empty: name the model of the service');
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw new HarnessError('invalid_option', `maxTokens is ${maxTokens}: give a whole number from 1`);
  }
  const fixed = FIXED_CHAT_FIELDS.find((name) => Object.hasOwn(fields, name));
  if (fixed !== undefined) {
    throw new HarnessError('invalid_option', `${fixed} cannot be set as a request field: leave it out`);
  }
  const user = { role: 'user' as const, content: prompt };
  const hasField = api === 'anthropic' && system !== undefined;
  const hasMessage = api !== 'anthropic' && system !== undefined;
  return {
    ...withoutNull({ ...defaultsFor(api, question, maxTokens), ...fields }),
    ...optionsFor(api, question, maxTokens),
    ...(hasField ? { system } : {}),
    model,
    messages: [...(hasMessage ? [{ role: 'system' as const, content: system }] : []), user],
    stream,
  };
}

function defaultsFor(api: ChatApi, { fields = {}, seed }: ChatQuestion, maxTokens: number): object {
  if (api === 'ollama') return {};
  const limit = typeof fields.max_completion_tokens === 'number' ? {} : { max_tokens: maxTokens };
  return api === 'anthropic'
    ? { temperature: 0, ...limit }
    : { temperature: 0, ...limit, n: 1, ...defined({ seed }) };
}

function optionsFor(api: ChatApi, { fields = {}, seed }: ChatQuestion, maxTokens: number): object {
  if (api !== 'ollama') return {};
  const given = typeof fields.options === 'object' && fields.options !== null ? fields.options : {};
  return { options: withoutNull({ temperature: 0, num_predict: maxTokens, ...defined({ seed }), ...given }) };
}

const withoutNull = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
