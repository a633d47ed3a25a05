// The page of buttons beside the dashboard. It changes how a node's service behaves, which is all that the
// demo can do from outside: what follows is the mesh's own doing. The controller and its dashboard know
// nothing of it.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Mesh } from '@mesh/e2e';
import { NAMES, type NodeName } from '../watch-mesh.ts';

export type Behaviour = 'behave' | 'misbehave';
const PERSONAS = { behave: 'aligned', misbehave: 'misaligned' } as const;
const MOST_BYTES = 1_000;

const PAGE = join(import.meta.dirname, 'page');
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/buttons.js': ['buttons.js', 'text/javascript; charset=utf-8'],
  '/buttons.css': ['buttons.css', 'text/css; charset=utf-8'],
};
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

export interface ButtonsPorts {
  readonly mesh: Pick<Mesh<NodeName>, 'admin' | 'node'>;
  readonly dashboardUrl: string;
  /** As browsers name this page: `127.0.0.1:PORT`. */
  readonly host: string;
  /** Called after a node's service was changed. */
  readonly onPressed: (name: NodeName, behaviour: Behaviour) => void;
}

/** What is wrong with a request, in words. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @returns a server that does not listen yet */
export function createButtons(ports: ButtonsPorts): Server {
  const behaviours = new Map<NodeName, Behaviour>(NAMES.map((name) => [name, 'behave']));
  return createServer((request, response) => {
    answer(ports, behaviours, request, response).catch((error: unknown) => {
      const status = error instanceof Refusal ? error.status : 500;
      send(response, status, 'text/plain; charset=utf-8', `${messageOf(error)}\n`);
    });
  });
}

async function answer(
  ports: ButtonsPorts,
  behaviours: Map<NodeName, Behaviour>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url = '', headers } = request;
  // A page elsewhere could have its own name lead here.
  if (headers.host !== ports.host) throw new Refusal(403, `ask for http://${ports.host}/`);
  if (url === '/press') {
    if (method !== 'POST') throw new Refusal(405, 'press by POST');
    const { name, behaviour } = await pressed(request);
    ports.mesh.node(name).become(PERSONAS[behaviour]);
    behaviours.set(name, behaviour);
    ports.onPressed(name, behaviour);
    send(response, 200, 'application/json', '{}');
    return;
  }
  const file = FILES[url];
  if (file === undefined && url !== '/state') throw new Refusal(404, 'there is /, /state and /press');
  if (method !== 'GET') throw new Refusal(405, 'ask by GET');
  if (file !== undefined) send(response, 200, file[1], readFileSync(join(PAGE, file[0])));
  else send(response, 200, 'application/json', JSON.stringify(await stateOf(ports, behaviours)));
}

async function stateOf(
  { mesh, dashboardUrl }: ButtonsPorts,
  behaviours: ReadonlyMap<NodeName, Behaviour>,
): Promise<object> {
  const { nodes } = await mesh.admin.nodes();
  return {
    dashboard: dashboardUrl,
    nodes: NAMES.flatMap((name) => {
      const node = nodes.find(({ node_id }) => String(node_id) === name);
      if (node === undefined) return [];
      return { name, membership: node.membership, reason: node.reason, behaviour: behaviours.get(name) };
    }),
  };
}

/** What was pressed. A page elsewhere cannot send JSON here without asking first, and nobody answers that. */
async function pressed(request: IncomingMessage): Promise<{ name: NodeName; behaviour: Behaviour }> {
  if (request.headers['content-type'] !== 'application/json') throw new Refusal(415, 'send JSON');
  let text = '';
  for await (const bytes of request.setEncoding('utf8')) {
    text += bytes as string;
    if (text.length > MOST_BYTES) throw new Refusal(413, `send at most ${MOST_BYTES} bytes`);
  }
  const wanted = parse(text);
  const name = NAMES.find((each) => each === wanted.name);
  const { behaviour } = wanted;
  if (name === undefined) throw new Refusal(400, `name one of ${NAMES.join(', ')}`);
  if (behaviour !== 'behave' && behaviour !== 'misbehave')
    throw new Refusal(400, 'the behaviour is behave or misbehave');
  return { name, behaviour };
}

function parse(text: string): { readonly name?: unknown; readonly behaviour?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The same is to be said.
  }
  throw new Refusal(400, 'send {"name": …, "behaviour": …}');
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type }).end(body);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
