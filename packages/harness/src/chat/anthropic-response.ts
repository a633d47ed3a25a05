// Reads the answer from the response of a service that is asked like Anthropic.

import { at, listAt, textAt } from '../json-fields.ts';
import { answerOf, type ChatAnswer, cutOff, notAsExpected, parseChatBody } from './chat-answer.ts';

/** @throws HarnessError `invalid_answer`; the message quotes nothing from the body */
export function readAnthropicAnswer(body: string): ChatAnswer {
  const message = parseChatBody(body);
  if (at(message, 'type') !== 'message' || at(message, 'role') !== 'assistant') throw notAsExpected();
  if (at(message, 'stop_reason') === 'max_tokens') throw cutOff('max_tokens');
  const blocks = listAt(message, 'content');
  const texts = blocks.filter((block) => at(block, 'type') === 'text').map((block) => at(block, 'text'));
  if (!texts.every((text) => typeof text === 'string')) throw notAsExpected();
  const thoughts = blocks.flatMap((block) =>
    at(block, 'type') === 'thinking' ? (textAt(block, 'thinking') ?? []) : [],
  );
  return answerOf(texts.length === 0 ? undefined : texts.join(''), thoughts, 'max_tokens');
}
