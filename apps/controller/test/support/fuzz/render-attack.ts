// Makes the bytes of an attack, for the mesh that is attacked. Whatever was drawn, the request is one that
// must be refused, or one that only reads.

import { type Body, edited, RAW_HEADS, requestBytes, twisted } from '@mesh/host/fuzz-kit';
import { formatRfc3339 } from '@mesh/primitives';
import { messageKinds, routes, signMessage } from '@mesh/protocol';
import type { Attack, Doom, MessageAttack, RawAttack, RequestAttack } from './attacks.ts';
import type { CallerName, FuzzMesh, SignerName } from './fuzz-mesh.ts';
import { type GoodBodies, refusedAsItIs } from './good-bodies.ts';
import type { Form, MessageForm } from './message-forms.ts';
import { callerOf, hasParameter, isAdministration, pathFor, type Target } from './targets.ts';

export interface Rendered {
  readonly caller: CallerName;
  readonly bytes: Buffer;
  readonly isHead: boolean;
  readonly isRaw: boolean;
  /** Why a message has to be refused; undefined for other requests. */
  readonly doom: Doom | undefined;
}

export interface RenderPorts {
  readonly mesh: FuzzMesh;
  readonly bodies: GoodBodies;
  readonly forms: ReadonlyMap<Target, Form>;
}

export function render(ports: RenderPorts, target: Target, attack: Attack): Rendered {
  const form = ports.forms.get(target);
  if (attack.plan === 'raw') return renderRaw(target, form, attack);
  if (attack.plan === 'message' && form !== undefined) return renderMessage(ports, target, form, attack);
  return renderRequest(ports.mesh, target, form, attack.plan === 'request' ? attack : asRequest(attack));
}

/** Everything that dooms a message of this form. */
export function doomsOf(target: Target, { schema, signing, hasGoodBody }: MessageForm, good: Body): Doom[] {
  const isMember = target.door === 'nodes';
  const isNumbered = isMember && signing !== undefined && 'sequence' in good;
  // Those that are refused last are drawn more often.
  const dooms: (Doom | false)[] = [
    'misformed',
    hasGoodBody && isAdministration(target) && hasParameter(target) && 'nowhere',
    target.door === 'network' && 'no_right',
    hasGoodBody && (refusedAsItIs(schema) || isForeign(good)) && 'as_it_is',
    isNumbered && 'replayed',
    isNumbered && 'replayed',
    isNumbered && 'replayed',
    signing !== undefined && 'forged',
    signing !== undefined && 'other_kind',
    signing !== undefined && 'altered',
    signing !== undefined && 'mesh_id' in good && 'other_mesh',
    isMember && signing !== undefined && 'other_node',
    isMember && signing !== undefined && 'other_sender',
    signing !== undefined && 'expires_at' in good && 'expired',
  ];
  return dooms.filter((doom) => doom !== false);
}

/** A request that officers sign together names its mesh inside; that of the good one is another. */
const isForeign = (good: Body): boolean => 'signatures' in good;

function renderMessage(
  { mesh, bodies }: RenderPorts,
  target: Target,
  form: MessageForm,
  attack: MessageAttack,
): Rendered {
  const sender = 'node-a';
  const good = bodies(form.schema, sender) ?? {};
  const possible = doomsOf(target, form, good);
  const doom = possible[attack.doom % possible.length] ?? 'misformed';
  const start = doom === 'other_sender' ? (bodies(form.schema, 'node-b') ?? {}) : good;
  // Without the key that it names, a rotation is one that changes nothing.
  const isWhole = doom === 'altered' || (doom === 'as_it_is' && form.signing?.kind === 'key_rotation');
  const before = isWhole ? start : edited(start, attack.edits);
  const forced = { ...before, ...forcedBy(doom, mesh, attack.draw) };
  const sign = (unsigned: Body) => signedFor(doom, mesh, form, unsigned, attack);
  const signed = doom === 'misformed' ? misformed(form, forced, sign) : sign(forced);
  const body = doom === 'altered' ? altered(signed, attack) : signed;
  const key = keyFor(target, mesh, doom === 'no_right' ? 1 + attack.draw : 0);
  const parameter =
    doom === 'nowhere' ? 'nobody' : doom === 'other_sender' && attack.draw % 2 === 0 ? 'node-b' : 'node-a';
  return {
    caller: callerOf(target),
    bytes: requestBytes({
      method: 'POST',
      target: pathFor(target, parameter) + attack.query,
      headers: [['content-type', attack.contentType], ...key, ...attack.headers],
      body: twisted(body, attack.twist),
    }),
    isHead: false,
    isRaw: false,
    doom,
  };
}

function forcedBy(doom: Doom, { controller }: FuzzMesh, draw: number): Body {
  switch (doom) {
    case 'replayed':
      return { sequence: 1 + (draw % 1_000_000) };
    case 'other_mesh':
      return { mesh_id: draw % 2 === 0 ? 'othermesh' : 'testmesh2' };
    case 'other_node':
      return { node_id: draw % 2 === 0 ? 'node-b' : 'node-z' };
    case 'expired':
      return { expires_at: formatRfc3339(Math.floor(controller.nowMs()) - 1 - (draw % 600_000)) };
    default:
      return {};
  }
}

function signedFor(
  doom: Doom,
  { signers }: FuzzMesh,
  { signing }: MessageForm,
  body: Body,
  { draw }: MessageAttack,
): Body {
  if (signing === undefined) return body;
  const others = messageKinds.filter((kind) => kind !== signing.kind);
  const kind = doom === 'other_kind' ? (others[draw % others.length] ?? signing.kind) : signing.kind;
  const forgers: readonly SignerName[] = (['nobody', 'node-b', 'usurper', 'officer'] as const).filter(
    (name) => name !== signing.by,
  );
  const by =
    doom === 'forged'
      ? (forgers[draw % forgers.length] ?? 'nobody')
      : doom === 'other_sender'
        ? 'node-b'
        : signing.by;
  try {
    return signMessage(kind, body, signers[by]);
  } catch {
    // It has no canonical form, so nothing can sign it.
    return body;
  }
}

/** Certain to be refused by the schema, also with the signature, which an edit may have removed. */
function misformed({ schema }: MessageForm, body: Body, sign: (body: Body) => Body): Body {
  const candidates = [body, { ...body, 'not a field': true }, { 'not a field': true }].map(sign);
  return candidates.find((one) => !schema.safeParse(one).success) ?? {};
}

/** Certain to be another message than the one that was signed. */
function altered(signed: Body, { edits, draw }: MessageAttack): Body {
  const changed = edited(signed, edits);
  const same = JSON.stringify(sorted(changed)) === JSON.stringify(sorted(signed));
  return same
    ? { ...changed, sequence: 1 + Number(signed.sequence ?? 0), reason: `altered ${draw}` }
    : changed;
}

const sorted = (body: Body): [string, unknown][] =>
  Object.entries(body)
    .filter(([name]) => name !== 'signature')
    .sort(([a], [b]) => (a < b ? -1 : 1));

const asRequest = ({ target, draw, query, headers, contentType }: MessageAttack): RequestAttack => ({
  plan: 'request',
  target,
  draw,
  method: 'GET',
  pathTrick: 0,
  parameter: 'node-a',
  query,
  headers,
  contentType,
});

/** @param weakness 0 for the operator's key; other numbers choose one that may change nothing, or none */
function keyFor({ door }: Target, { keys }: FuzzMesh, weakness: number): (readonly [string, string])[] {
  if (door !== 'network') return [];
  const weak = [keys.viewer, keys.expired, keys.altered, keys.nonsense, undefined];
  const key = weakness === 0 ? keys.operator : weak[weakness % weak.length];
  return key === undefined ? [] : [['authorization', `Bearer ${key}`]];
}

const TRICKS: readonly ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.replace(/\/([^/]+)$/, '/./$1'),
  (path) => `${path}/..`,
  (path) => path.toUpperCase(),
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => path.replaceAll('/', '%2f').replace('%2f', '/'),
  (path) => `${path}%00`,
  (path) => `${path};x=1`,
  (path) => `${path}#x`,
  (path) => path.replaceAll('/', '\\').replace('\\', '/'),
  (path) => `${path}.json`,
  (path) => `/v1/..${path}`,
  (path) => `${path}?${path}`,
];

/** A POST that would do something is sent only with a message that is refused, or as another method. */
function renderRequest(mesh: FuzzMesh, target: Target, form: Form, attack: RequestAttack): Rendered {
  // A caller without rights may ask for anything.
  const weakness = target.door === 'network' && attack.draw % 2 === 1 ? attack.draw : 0;
  const acts = target.method === 'POST' && form === undefined && target.path !== routes.enrolmentChallenge;
  const method = acts && attack.method === 'POST' && weakness === 0 ? 'PUT' : attack.method;
  const trick = TRICKS[attack.pathTrick] ?? ((path: string) => path);
  const body = form === undefined ? undefined : Buffer.from('{"not a field":true}');
  return {
    caller: callerOf(target),
    bytes: requestBytes({
      method,
      target: trick(pathFor(target, attack.parameter)) + attack.query,
      headers: [['content-type', attack.contentType], ...keyFor(target, mesh, weakness), ...attack.headers],
      body: method === 'GET' || method === 'HEAD' ? undefined : body,
    }),
    isHead: method === 'HEAD',
    isRaw: false,
    doom: acts && method === 'POST' ? 'no_right' : undefined,
  };
}

function renderRaw(target: Target, form: Form, { head }: RawAttack): Rendered {
  const text = RAW_HEADS[head] ?? '';
  const acts = target.method === 'POST' && form === undefined && text.startsWith('POST');
  const path = acts ? '/v1/nothing' : pathFor(target, 'node-a');
  return {
    caller: callerOf(target),
    bytes: Buffer.from(
      text.replace('PATH', () => path),
      'latin1',
    ),
    isHead: false,
    isRaw: true,
    doom: undefined,
  };
}
