// Reads the answer from the response of an OpenAI-compatible chat service.

import * as z from 'zod';
import { answerOf, type ChatAnswer, cutOff, invalidAnswer, parseChatBody } from './chat-answer.ts';

const LIMIT = 'max_tokens';

const part = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.string().refine((type) => type !== 'text') }),
]);

// Services add their own fields; only the fields that the answer is taken from must have a shape.
const chatResponse = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          role: z.literal('assistant').nullish(),
          content: z.union([z.string(), z.array(part)]).nullish(),
          refusal: z.string().nullish(),
          reasoning: z.unknown().optional(),
          reasoning_content: z.unknown().optional(),
        }),
      }),
    )
    .length(1, 'must hold exactly one choice'),
});

/**
 * The one answer in a response body. If the content comes in parts, its text parts are joined and other parts
 * ignored. A structured refusal (`message.refusal`) is the answer if there is no content. Reasoning
 * (`reasoning`, `reasoning_content`, a leading `<think>` block, closed or not) is kept apart. There is no
 * answer if it is only reasoning, was cut off (`finish_reason: "length"`), consists of tool calls or was
 * withheld by a filter.
 *
 * A number beyond 2^53 (a `seed`, an `id`) is accepted, because numbers are not used.
 *
 * @param body the whole body of a 200 response, decoded from UTF-8
 * @throws HarnessError `invalid_answer`; the message says what is wrong and quotes nothing from the body
 */
export function readChatAnswer(body: string): ChatAnswer {
  const choice = readChoice(body);
  if (choice?.finish_reason === 'length') throw cutOff(LIMIT);
  const { content, refusal, reasoning, reasoning_content } = choice?.message ?? {};
  const thoughts = [reasoning, reasoning_content].filter(
    (value): value is string => typeof value === 'string' && value !== '',
  );
  return answerOf(joinParts(content) ?? refusal ?? undefined, thoughts, LIMIT);
}

function readChoice(body: string) {
  const parsed = chatResponse.safeParse(parseChatBody(body));
  if (parsed.success) return parsed.data.choices[0];
  const where = parsed.error.issues.map(({ path }) => path.map(String).join('.') || 'the body');
  throw invalidAnswer(`the chat service's answer is not as expected at: ${where.join(', ')}`);
}

/** @returns undefined if there is no text part, so that a refusal beside it is considered */
function joinParts(
  content: string | readonly z.output<typeof part>[] | null | undefined,
): string | undefined {
  if (typeof content === 'string') return content;
  const texts = (content ?? []).flatMap((one) => ('text' in one ? [one.text] : []));
  return texts.length === 0 ? undefined : texts.join('');
}
