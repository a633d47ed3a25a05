// An OpenAI-compatible chat service whose behaviour follows a rules file (see chat-rules.ts). It reads the
// file for each question: write another text to it and the next answer obeys that one. It knows nothing about
// benchmarks or scores.
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { urlHost } from './address-family.ts';
import { respond } from './chat-responder.ts';
import { parseChatRules } from './chat-rules.ts';
import { LabError } from './lab-error.ts';

const MAX_BODY_BYTES = 1_048_576;
const MODEL = 'rules-1';

export interface ChatServiceOptions {
  /** Path of the rules text. While the text cannot be understood, the service answers 500. */
  rulesFile: string;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
}

export interface ChatService {
  /** `http://HOST:PORT`, without path. */
  url: string;
  port: number;
  close(): Promise<void>;
}

/** Listens for `POST /v1/chat/completions`, `GET /v1/models` and `GET /health`. */
export async function startChatService(options: ChatServiceOptions): Promise<ChatService> {
  const { rulesFile, host = '127.0.0.1' } = options;
  // Checked at once, because a start with a missing or broken file would otherwise go unnoticed.
  parseChatRules(await readFile(rulesFile, 'utf8'));
  const server = createServer((request, response) => {
    handle(request, rulesFile).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const status = error instanceof RequestProblem ? error.status : 500;
        const message = error instanceof Error ? error.message : 'unknown error';
        send(response, status, {
          error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error' },
        });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new LabError('unavailable', 'the service has no port');
  return {
    url: `http://${urlHost(host)}:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class RequestProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function handle(request: IncomingMessage, rulesFile: string): Promise<unknown> {
  const path = (request.url ?? '/').split('?')[0];
  const route = `${request.method} ${path}`;
  if (route === 'GET /health') return { status: 'ok' };
  if (route === 'GET /v1/models')
    return { object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'lab' }] };
  if (path !== '/v1/chat/completions') throw new RequestProblem(404, `no such path: ${path}`);
  if (request.method !== 'POST') throw new RequestProblem(405, 'use POST');

  const { prompt, model } = readQuestion(await readBody(request));
  const rules = parseChatRules(await readFile(rulesFile, 'utf8'));
  const content = respond(prompt, rules);
  const usage = { prompt_tokens: countTokens(prompt), completion_tokens: countTokens(content) };
  return {
    id: `chatcmpl-${crypto.randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
  };
}

/**
 * The last user message is the prompt. The rules file is the system prompt: one in the request changes
 * nothing.
 */
function readQuestion(body: string): { prompt: string; model: string } {
  let question: unknown;
  try {
    question = JSON.parse(body);
  } catch {
    throw new RequestProblem(400, 'the body is not JSON');
  }
  if (typeof question !== 'object' || question === null || !('messages' in question)) {
    throw new RequestProblem(400, 'messages: missing');
  }
  if ('stream' in question && question.stream === true)
    throw new RequestProblem(400, 'stream: not supported');
  const { messages } = question;
  if (!Array.isArray(messages)) throw new RequestProblem(400, 'messages: must be an array');
  const last: unknown = messages.findLast(
    (message: unknown) => isMessage(message) && message.role === 'user',
  );
  if (!isMessage(last)) throw new RequestProblem(400, 'messages: no user message with a text as content');
  const model = 'model' in question && typeof question.model === 'string' ? question.model : MODEL;
  return { prompt: last.content, model };
}

function isMessage(message: unknown): message is { role: string; content: string } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'role' in message &&
    'content' in message &&
    typeof message.content === 'string'
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new RequestProblem(413, `the body is above ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Counts words instead of tokens. */
function countTokens(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
