// Reads answers of services that are asked like Anthropic or like Ollama. The rules are those of
// chat-response.ts: thinking is kept apart, and an answer that was cut off is none.

import { type JsonValue, parseStrictJson } from '@mesh/primitives';
import { type ChatAnswer, MAX_CHAT_RESPONSE_BYTES, splitThought } from './chat-response.ts';
import { HarnessError } from './harness-error.ts';
import { at, listAt, textAt } from './json-fields.ts';

/** @throws HarnessError `invalid_answer`; the message quotes nothing from the body */
export function readAnthropicAnswer(body: string): ChatAnswer {
  const message = parse(body);
  if (at(message, 'type') !== 'message' || at(message, 'role') !== 'assistant') throw notAsExpected();
  if (at(message, 'stop_reason') === 'max_tokens') throw cutOff('max_tokens');
  const blocks = listAt(message, 'content');
  const texts = blocks.filter((block) => at(block, 'type') === 'text');
  const thoughts = blocks.flatMap((block) =>
    at(block, 'type') === 'thinking' ? (textAt(block, 'thinking') ?? []) : [],
  );
  if (texts.some((block) => typeof at(block, 'text') !== 'string')) throw notAsExpected();
  return answerOf(texts.map((block) => textAt(block, 'text') ?? '').join(''), thoughts, texts.length > 0);
}

/** @throws HarnessError `invalid_answer`; the message quotes nothing from the body */
export function readOllamaAnswer(body: string): ChatAnswer {
  const response = parse(body);
  const content = at(response, 'message', 'content');
  if (at(response, 'done') !== true || typeof content !== 'string') throw notAsExpected();
  if (at(response, 'done_reason') === 'length') throw cutOff('options.num_predict');
  const thinking = textAt(response, 'message', 'thinking');
  return answerOf(content, thinking === undefined ? [] : [thinking], true);
}

function answerOf(said: string, thoughts: readonly string[], hasText: boolean): ChatAnswer {
  const { text, thought } = splitThought(said);
  const apart = [...thoughts, ...(thought === undefined ? [] : [thought])];
  if (text.trim() === '' && apart.length > 0)
    throw new HarnessError(
      'invalid_answer',
      'the chat service answered with reasoning alone: raise its token limit',
    );
  if (!hasText) throw new HarnessError('invalid_answer', 'the chat service answered without any text');
  return apart.length === 0 ? { text } : { text, reasoning: apart.join('\n') };
}

function parse(body: string): JsonValue {
  try {
    return parseStrictJson(body, {
      maxBytes: MAX_CHAT_RESPONSE_BYTES,
      maxDepth: 32,
      unsafeIntegers: 'round',
    });
  } catch (error) {
    throw new HarnessError('invalid_answer', 'the chat service did not answer with well-formed JSON', {
      cause: error,
    });
  }
}

function notAsExpected(): HarnessError {
  return new HarnessError(
    'invalid_answer',
    "the chat service's answer is not as expected: is its API the one that is set?",
  );
}

function cutOff(limit: string): HarnessError {
  return new HarnessError(
    'invalid_answer',
    `the answer was cut off: raise its token limit (${limit}), or ask for a shorter answer`,
  );
}
