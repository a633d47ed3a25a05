// Reads the answer from the response of a service that is asked like Ollama.

import { at, textAt } from '../json-fields.ts';
import { answerOf, type ChatAnswer, cutOff, notAsExpected, parseChatBody } from './chat-answer.ts';

const LIMIT = 'options.num_predict';

/** @throws HarnessError `invalid_answer`; the message quotes nothing from the body */
export function readOllamaAnswer(body: string): ChatAnswer {
  const response = parseChatBody(body);
  const content = at(response, 'message', 'content');
  if (at(response, 'done') !== true || typeof content !== 'string') throw notAsExpected();
  if (at(response, 'done_reason') === 'length') throw cutOff(LIMIT);
  const thinking = textAt(response, 'message', 'thinking');
  return answerOf(content, thinking === undefined ? [] : [thinking], LIMIT);
}
