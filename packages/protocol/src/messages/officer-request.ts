// What officers sign. A request names what is to happen and the state that it was made for; each officer
// signs the same canonical text, of kind `officer_request`. Its `request_id` makes it good once, and
// `expires_at` limits its life. Planned work is signed by one officer alone, as kind `maintenance`.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requiredSignatures } from '../requests/officer-entry.ts';
import {
  type RequestKindName,
  type RequestSubject,
  requestKindNames,
  requestKinds,
} from '../requests/request-kinds.ts';

/** Kind `maintenance`: until `until`, leases last longer. */
export const maintenanceMessage = z.strictObject({
  mesh_id: field.meshId,
  request_id: z.uuid(),
  timestamp: field.timestamp,
  expires_at: field.timestamp,
  reason: field.reason,
  signature: field.signature,
  until: field.timestamp,
});
export type MaintenanceMessage = z.infer<typeof maintenanceMessage>;

const subjectFields = {
  kind: z.enum(requestKindNames as [RequestKindName, ...RequestKindName[]]),
  parameters: z.record(z.string(), z.unknown()),
};

/** Refuses parameters that are not those of the kind. */
function checkParameters(
  { kind, parameters }: { kind: RequestKindName; parameters: unknown },
  context: z.RefinementCtx,
): void {
  if (!Object.hasOwn(requestKinds, kind)) return;
  const parsed = requestKinds[kind].parameters.safeParse(parameters);
  for (const { message, path } of parsed.error?.issues ?? [])
    context.addIssue({ code: 'custom', message, path: ['parameters', ...path] });
}

const requestFields = {
  mesh_id: field.meshId,
  request_id: z.uuid(),
  ...subjectFields,
  /** The digest of what the request is about, as it was when the request was made. */
  state: field.digest,
  /** How many officers have to sign. */
  required: requiredSignatures,
  not_before: field.timestamp,
  expires_at: field.timestamp,
  reason: field.reason,
};

type RequestFields = Omit<z.infer<z.ZodObject<typeof requestFields>>, 'kind' | 'parameters'>;

/** The body that officers sign, as kind `officer_request`. It holds no signature itself. */
export type OfficerRequest<Kind extends RequestKindName = RequestKindName> = RequestFields &
  RequestSubject<Kind>;
export const officerRequest = z
  .strictObject(requestFields)
  .superRefine(checkParameters) as unknown as z.ZodType<OfficerRequest>;

/** One officer's signature under a request. The key says who it is. */
export const officerSignature = z.strictObject({
  officer_key: field.base64Of(32),
  signature: field.signature,
});
export type OfficerSignature = z.infer<typeof officerSignature>;

/** A request with the signatures that it has so far: the file that officers pass on. */
export const signedRequest = z.strictObject({
  request: officerRequest,
  signatures: field.listOf(officerSignature, 64),
});
export type SignedRequest = z.infer<typeof signedRequest>;

/** What a request is to be about: the controller answers with what else it has to hold. */
export const requestDraftQuery = z
  .strictObject(subjectFields)
  .superRefine(checkParameters) as unknown as z.ZodType<RequestSubject>;
