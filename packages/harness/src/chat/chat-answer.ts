// What an answer of a chat service is, in whatever form it comes: its text, with the reasoning kept apart. An
// answer that was cut off does not count.

import { type JsonValue, parseStrictJson } from '@mesh/primitives';
import { HarnessError } from '../harness-error.ts';

/** Largest body that is read, in UTF-8 bytes: stop receiving there. */
export const MAX_CHAT_RESPONSE_BYTES = 1_048_576;

export interface ChatAnswer {
  /** The text to grade. */
  readonly text: string;
  /** What the service thought before it answered; not graded. */
  readonly reasoning?: string;
}

/** @throws HarnessError `invalid_answer` */
export function parseChatBody(body: string): JsonValue {
  try {
    return parseStrictJson(body, {
      maxBytes: MAX_CHAT_RESPONSE_BYTES,
      maxDepth: 32,
      unsafeIntegers: 'round',
    });
  } catch (error) {
    throw invalidAnswer('the chat service did not answer with well-formed JSON', { cause: error });
  }
}

/**
 * Takes a leading `<think>` block, closed or not, from what was said.
 *
 * @param said undefined if there is no text
 * @param thoughts what the service itself keeps apart
 * @param limit names the field that limits the tokens
 * @throws HarnessError `invalid_answer` if there is only reasoning, or no text
 */
export function answerOf(said: string | undefined, thoughts: readonly string[], limit: string): ChatAnswer {
  const { text, thought } = splitThought(said ?? '');
  const apart = thought === undefined ? thoughts : [...thoughts, thought];
  if (text.trim() === '' && apart.length > 0)
    throw invalidAnswer(`the chat service answered with reasoning alone: raise its token limit (${limit})`);
  if (said === undefined) throw invalidAnswer('the chat service answered without any text');
  return apart.length === 0 ? { text } : { text, reasoning: apart.join('\n') };
}

const THINK = '<think>';
const END_OF_THOUGHT = '</think>';

function splitThought(said: string): { text: string; thought?: string } {
  const start = said.trimStart();
  if (!start.startsWith(THINK)) return { text: said };
  const end = start.indexOf(END_OF_THOUGHT);
  if (end === -1) return { text: '', thought: start.slice(THINK.length) };
  return {
    text: start.slice(end + END_OF_THOUGHT.length).trim(),
    // Never empty: an empty block still counts as a thought.
    thought: start.slice(THINK.length, end) || ' ',
  };
}

/** @param limit names the field that limits the tokens */
export function cutOff(limit: string): HarnessError {
  return invalidAnswer(
    `the answer was cut off: raise its token limit (${limit}), or ask for a shorter answer`,
  );
}

export function notAsExpected(): HarnessError {
  return invalidAnswer("the chat service's answer is not as expected: is its API the one that is set?");
}

/** The message says what is wrong and quotes nothing from the body. */
export function invalidAnswer(message: string, options?: ErrorOptions): HarnessError {
  return new HarnessError('invalid_answer', message, options);
}
