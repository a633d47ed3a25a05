// Reads requests and sends answers for a fake controller.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseStrictJson } from '@mesh/primitives';
import { PROBLEM_MEDIA_TYPE, type Problem, STREAM_MEDIA_TYPE } from '@mesh/protocol';

export interface Answer {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of a body: lines of JSON, each sent when it comes. */
  readonly lines?: AsyncIterable<object>;
}

export function refusal(details: Problem, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: details.status,
    body: details,
    headers: { 'content-type': PROBLEM_MEDIA_TYPE, ...headers },
  };
}

export async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk;
  return text === '' ? undefined : parseStrictJson(text);
}

export function send(response: ServerResponse, { status, body, headers, lines }: Answer): void {
  if (lines !== undefined) {
    void sendLines(response, lines);
    return;
  }
  const type = typeof body === 'string' ? 'application/x-pem-file' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
}

async function sendLines(response: ServerResponse, lines: AsyncIterable<object>): Promise<void> {
  response.writeHead(200, { 'content-type': STREAM_MEDIA_TYPE });
  for await (const line of lines) response.write(`${JSON.stringify(line)}\n`);
  response.end();
}
