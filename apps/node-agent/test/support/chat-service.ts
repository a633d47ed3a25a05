// A chat service for tests, and access to it.

import { completeChatUrl } from '@mesh/harness';
import type { ChatAccess } from '../../src/measure/child/ask-chat.ts';
import { serve } from './measure-fixtures.ts';

/**
 * Answers like OpenAI, and with HTTP 500 where there is no answer.
 *
 * @returns its URL
 */
export const serveChat = (answerTo: (prompt: string) => string | undefined): Promise<string> =>
  serve(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { messages } = JSON.parse(text) as { messages: { content: string }[] };
    const content = answerTo(messages.at(-1)?.content ?? '');
    if (content === undefined) response.writeHead(500).end();
    else response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }));
  });

export const chatAccess = (endpoint: string, changes: Partial<ChatAccess> = {}): ChatAccess => ({
  url: completeChatUrl(endpoint, changes.api),
  api: 'openai',
  stream: false,
  model: 'm',
  fields: {},
  timeoutMs: 10_000,
  ...changes,
});
