// Reads the answer from the response of an OpenAI-compatible chat service.

import { parseStrictJson } from '@mesh/primitives';
import { z } from 'zod';
import { HarnessError } from './harness-error.ts';

/** Largest body that is read, in UTF-8 bytes: stop receiving there. */
export const MAX_CHAT_RESPONSE_BYTES = 1_048_576;

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

export interface ChatAnswer {
  /** The text to grade. */
  readonly text: string;
  /** What the service thought before it answered; not graded. */
  readonly reasoning?: string;
}

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
  if (choice?.finish_reason === 'length') {
    throw invalid('the answer was cut off: raise its token limit (max_tokens), or ask for a shorter answer');
  }
  const { content, refusal, reasoning, reasoning_content } = choice?.message ?? {};
  const said = joinParts(content) ?? refusal;
  if (typeof said !== 'string') throw invalid('the chat service answered without any text');
  const { text, thought } = splitThought(said);
  const apart = [reasoning, reasoning_content, thought].filter(
    (value): value is string => typeof value === 'string' && value !== '',
  );
  if (text.trim() === '' && apart.length > 0) {
    throw invalid('the chat service answered with reasoning alone: raise its token limit (max_tokens)');
  }
  return apart.length === 0 ? { text } : { text, reasoning: apart.join('\n') };
}

function readChoice(body: string) {
  let json: unknown;
  try {
    json = parseStrictJson(body, {
      maxBytes: MAX_CHAT_RESPONSE_BYTES,
      maxDepth: 32,
      unsafeIntegers: 'round',
    });
  } catch (error) {
    throw invalid('the chat service did not answer with well-formed JSON', { cause: error });
  }
  const parsed = chatResponse.safeParse(json);
  if (parsed.success) return parsed.data.choices[0];
  const where = parsed.error.issues.map(({ path }) => path.map(String).join('.') || 'the body');
  throw invalid(`the chat service's answer is not as expected at: ${where.join(', ')}`);
}

/** @returns undefined if there is no text part, so that a refusal beside it is considered */
function joinParts(
  content: string | readonly z.output<typeof part>[] | null | undefined,
): string | undefined {
  if (typeof content === 'string') return content;
  const texts = (content ?? []).flatMap((one) => ('text' in one ? [one.text] : []));
  return texts.length === 0 ? undefined : texts.join('');
}

const THINK = '<think>';
const END_OF_THOUGHT = '</think>';

/** Takes a leading `<think>` block, closed or not, from what was said. */
export function splitThought(said: string): { text: string; thought?: string } {
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

function invalid(message: string, options?: ErrorOptions): HarnessError {
  return new HarnessError('invalid_answer', message, options);
}
