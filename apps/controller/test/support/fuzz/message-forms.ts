// What each route takes, found out by asking it: a body that no schema accepts is refused with what is wrong
// with it, and only one schema of the protocol says the same. Then the kind as which the message is signed is
// the one with which the controller does not object to the signature.

import { type Body, jsonRequest } from '@mesh/host/fuzz-kit';
import * as protocol from '@mesh/protocol';
import { type MessageKind, messageKinds, parseProblem, signMessage } from '@mesh/protocol';
import * as z from 'zod';
import { GOOD_LIST } from '../../../../../packages/protocol/test/support/good-messages.ts';
import { type FuzzMesh, type SignerName, startFuzzMesh } from './fuzz-mesh.ts';
import { type GoodBodies, goodBodies } from './good-bodies.ts';
import { callerOf, nameOf, pathFor, type Target, targets } from './targets.ts';

export interface MessageForm {
  readonly schema: z.ZodType;
  /** Who has to sign it, and as what; undefined for a message without a signature. */
  readonly signing: { readonly by: SignerName; readonly kind: MessageKind } | undefined;
  /** Whether packages/protocol/test/support/good-messages.ts has one, so that valid ones can be made. */
  readonly hasGoodBody: boolean;
}

/** Undefined for a route that takes no message. */
export type Form = MessageForm | undefined;

const PROBE: Body = { '': 0 };

/** Asks a mesh of its own, because a route that takes no message does what it is for. */
export async function findForms(): Promise<ReadonlyMap<Target, Form>> {
  await using mesh = await startFuzzMesh();
  const bodies = await goodBodies(mesh);
  const forms = new Map<Target, Form>();
  for (const target of targets) forms.set(target, await formOf(mesh, bodies, target));
  return forms;
}

async function formOf(mesh: FuzzMesh, bodies: GoodBodies, target: Target): Promise<Form> {
  if (target.method !== 'POST') return undefined;
  const refusal = await ask(mesh, target, PROBE);
  if (refusal?.code !== 'invalid_message') return undefined;
  const schema = await schemaOf(mesh, bodies, target, refusal.errors);
  const good = bodies(schema, 'node-a');
  return {
    schema,
    hasGoodBody: good !== undefined,
    signing: good === undefined || !('signature' in good) ? undefined : await signingOf(mesh, target, good),
  };
}

/** Of the schemas that object in these words, the first whose good body the route has no objection to. */
async function schemaOf(
  mesh: FuzzMesh,
  bodies: GoodBodies,
  target: Target,
  errors: string,
): Promise<z.ZodType> {
  const alike = SCHEMAS.filter((one) => objectionsOf(one, PROBE) === errors);
  for (const schema of alike.length > 1 ? alike : []) {
    const good = bodies(schema, 'node-a');
    const answer = good === undefined ? undefined : await ask(mesh, target, good, 'nobody');
    if (good !== undefined && answer?.code !== 'invalid_message') return schema;
  }
  const [schema] = alike;
  if (schema !== undefined) return schema;
  throw new Error(`${nameOf(target)} takes a message whose schema @mesh/protocol does not export: ${errors}`);
}

async function signingOf(mesh: FuzzMesh, target: Target, good: Body): Promise<MessageForm['signing']> {
  const by = SIGNER_AT[target.door];
  for (const kind of messageKinds) {
    const answer = await ask(mesh, target, signMessage(kind, good, mesh.signers[by]));
    if (answer?.code !== 'bad_signature' && answer?.code !== 'officer_unknown') return { by, kind };
  }
  throw new Error(`${nameOf(target)}: no kind of signature by ${by} is accepted`);
}

/** `usurper` is the one who asks to be enrolled, see good-bodies.ts. */
const SIGNER_AT = {
  nodes: 'node-a',
  public: 'usurper',
  socket: 'officer',
  network: 'officer',
} as const satisfies Record<Target['door'], SignerName>;

async function ask(
  mesh: FuzzMesh,
  target: Target,
  body: Body,
  parameter = 'node-a',
): Promise<{ code: string; errors: string } | undefined> {
  const path = pathFor(target, parameter);
  const request = jsonRequest('POST', path, body, target.door === 'network' ? mesh.keys.operator : undefined);
  const answer = await mesh.connections[callerOf(target)].ask(request, false);
  const problem =
    answer === undefined || answer.status < 400 ? undefined : parseProblem(JSON.parse(answer.body));
  return problem === undefined ? undefined : { code: problem.code, errors: JSON.stringify(problem.errors) };
}

/** Those with a good body first. */
const SCHEMAS: readonly z.ZodType[] = [
  ...new Set(GOOD_LIST.map(({ schema }) => schema)),
  ...(Object.values(protocol) as unknown[]).filter((value): value is z.ZodType => value instanceof z.ZodType),
];

/** What the controller says is wrong: see receive/read-message.ts. */
function objectionsOf(schema: z.ZodType, body: Body): string {
  const issues = schema.safeParse(body).error?.issues ?? [];
  return JSON.stringify(
    issues.slice(0, 8).map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`),
  );
}
