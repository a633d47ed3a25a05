// The answer out of what an OpenAI-compatible chat service sent back.

import { parseStrictJson } from '@mesh/primitives';
import { z } from 'zod';
import { HarnessError } from './harness-error.ts';

/** Largest body that is read, in UTF-8 bytes: stop receiving there. */
export const MAX_CHAT_RESPONSE_BYTES = 1_048_576;

// Services add fields of their own; only those that the answer is taken from are held to a shape.
const chatResponse = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          role: z.literal('assistant').nullish(),
          content: z.string().nullish(),
          refusal: z.string().nullish(),
        }),
      }),
    )
    .length(1, 'must hold exactly one choice'),
});

/**
 * The text of the one answer in a response body. A structured refusal (`message.refusal`) is an answer. An
 * answer that was cut off (`finish_reason: "length"`) is none, since nobody knows what would have followed;
 * nor is one that consists of tool calls or was withheld by a filter.
 *
 * @param body the whole body of a 200 response, decoded from UTF-8
 * @throws HarnessError `invalid_answer`; the message says what is wrong and holds nothing of the body
 */
export function readChatAnswer(body: string): string {
  let json: unknown;
  try {
    json = parseStrictJson(body, { maxBytes: MAX_CHAT_RESPONSE_BYTES, maxDepth: 32 });
  } catch (error) {
    throw new HarnessError('invalid_answer', 'the chat service did not answer with well-formed JSON', {
      cause: error,
    });
  }
  const parsed = chatResponse.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path }) => path.map(String).join('.') || 'the body');
    throw new HarnessError(
      'invalid_answer',
      `the chat service's answer is not as expected at: ${where.join(', ')}`,
    );
  }
  const choice = parsed.data.choices[0];
  if (choice?.finish_reason === 'length') {
    throw new HarnessError(
      'invalid_answer',
      'the answer was cut off: raise maxTokens, or ask for a shorter answer',
    );
  }
  const text = choice?.message.content ?? choice?.message.refusal;
  if (typeof text !== 'string') {
    throw new HarnessError('invalid_answer', 'the chat service answered without any text');
  }
  return text;
}
