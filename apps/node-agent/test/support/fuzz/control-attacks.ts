// Requests to the control socket that an agent has to refuse, or that only read.

import {
  type Body,
  edit,
  edited,
  oddValue,
  type RawRequest,
  rawRequest,
  requestBytes,
  type TextTwist,
  textTwists,
  twisted,
} from '@mesh/host/fuzz-kit';
import { logHead } from '@mesh/protocol';
import fc from 'fast-check';
import { controlRoutes } from '../../../src/control/control-protocol.ts';

export interface ControlAttack {
  readonly bytes: Buffer;
  readonly isHead: boolean;
  /** How it is sent, if that is not at once. Node may refuse it by itself. */
  readonly raw?: RawRequest;
  /** Whether an answer 200 is allowed. */
  readonly mayRead: boolean;
}

interface Form {
  readonly path: string;
  readonly good: Body;
  readonly isGood: (body: Body) => boolean;
}

const hasFields = (body: Body, names: readonly string[]): boolean =>
  typeof body === 'object' && body !== null && Object.keys(body).sort().join() === [...names].sort().join();

const SWITCHES = ['identity', 'wireguard', 'encapsulation', 'interrupt'];

/** What the requests with a body take. Nobody is a peer, so that a good ping is refused, too. */
export const FORMS: readonly Form[] = [
  {
    path: controlRoutes.ping,
    good: { node_id: 'nobody', count: 3 },
    isGood: () => false,
  },
  {
    path: controlRoutes.rotateKeys,
    good: { identity: true, wireguard: true, encapsulation: false, interrupt: false },
    isGood: (body) => hasFields(body, SWITCHES) && SWITCHES.every((name) => typeof body[name] === 'boolean'),
  },
  {
    path: controlRoutes.acceptLogHead,
    good: { size: 8, root_hash: `${'A'.repeat(43)}=` },
    isGood: (body) => logHead.safeParse(body).success,
  },
];

/** A good message with one thing wrong in it at least, however it is written. */
const message: fc.Arbitrary<ControlAttack> = fc
  .record({
    form: fc.constantFrom(...FORMS),
    edits: fc.array(edit, { maxLength: 3 }),
    twist: fc.oneof(
      { weight: 4, arbitrary: fc.constant<TextTwist>('none') },
      { weight: 1, arbitrary: fc.constantFrom(...textTwists) },
    ),
  })
  .map(({ form: { path, good, isGood }, edits, twist }) => {
    const body = edited(good, edits);
    const wrong = isGood(body) ? { ...body, 'not a field': true } : body;
    return { bytes: post(path, twisted(wrong, twist)), isHead: false, mayRead: false };
  });

/** A good message whose text is spoilt. */
const spoilt: fc.Arbitrary<ControlAttack> = fc
  .record({
    form: fc.constantFrom(...FORMS),
    twist: fc.constantFrom<TextTwist>(
      ...(['duplicate', 'trailing', 'cut', 'mark', 'not_utf8', 'nan', 'infinite', 'deep', 'huge'] as const),
    ),
  })
  .map(({ form: { path, good }, twist }) => ({
    bytes: post(path, twisted(good, twist)),
    isHead: false,
    mayRead: false,
  }));

const noMessage: fc.Arbitrary<ControlAttack> = fc
  .record({
    form: fc.constantFrom(...FORMS),
    body: fc.oneof(
      oddValue.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    ),
  })
  .map(({ form: { path }, body }) => ({
    bytes: post(path, body),
    isHead: false,
    mayRead: false,
  }));

const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE'];
const PATHS: readonly string[] = [...Object.values(controlRoutes), '/', '/v1/', '/v1/keys', '/%', '/\\'];
const TRICKS: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => path,
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.toUpperCase(),
  (path) => path.replace('/v1', '/v1/.'),
  (path) => `${path}?x=1`,
  (path) => `${path}%00`,
  (path) => `http://agent${path}`,
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
];

/** No POST: that to `down` needs no body. */
const elsewhere: fc.Arbitrary<ControlAttack> = fc
  .record({
    method: fc.constantFrom(...METHODS),
    path: fc.constantFrom(...PATHS),
    trick: fc.constantFrom(...TRICKS),
    body: fc.option(fc.uint8Array({ maxLength: 5_000 })),
  })
  .map(({ method, path, trick, body }) => ({
    bytes: requestBytes({
      method,
      target: trick(path),
      headers: [],
      body: body === null ? undefined : Buffer.from(body),
    }),
    isHead: method === 'HEAD',
    mayRead: method === 'GET' && path === controlRoutes.status,
  }));

/** A POST to any other way of writing a path is a request for nothing. */
const misspelt: fc.Arbitrary<ControlAttack> = fc
  .record({ path: fc.constantFrom(...PATHS), trick: fc.constantFrom(...TRICKS.slice(2)) })
  .map(({ path, trick }) => ({
    bytes: post(trick(path), Buffer.from('{}')),
    isHead: false,
    mayRead: false,
  }));

/** With a path that has a body: what Node makes of some of them is a request without one. */
const raw: fc.Arbitrary<ControlAttack> = rawRequest([controlRoutes.rotateKeys, controlRoutes.status]).map(
  ({ path, ...sent }) => ({
    bytes: Buffer.concat(sent.pieces),
    isHead: false,
    raw: sent,
    mayRead: path === controlRoutes.status,
  }),
);

export const controlAttack: fc.Arbitrary<ControlAttack> = fc.oneof(
  { weight: 10, arbitrary: message },
  { weight: 4, arbitrary: spoilt },
  { weight: 3, arbitrary: noMessage },
  { weight: 3, arbitrary: elsewhere },
  { weight: 2, arbitrary: misspelt },
  { weight: 1, arbitrary: raw },
);

function post(target: string, body: Buffer): Buffer {
  return requestBytes({ method: 'POST', target, headers: [], body });
}
