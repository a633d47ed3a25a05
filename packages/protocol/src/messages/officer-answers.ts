// The controller's answers about officers and their requests.

import * as z from 'zod';
import * as field from '../fields.ts';
import { officerRequest } from './officer-request.ts';

/** Empty, with `required` 0, as long as no officers were ever set. */
export const officerList = z.object({
  mesh_id: field.meshId,
  required: field.count,
  officers: z.array(z.object({ name: z.string(), public_key: z.string() })),
});
export type OfficerList = z.infer<typeof officerList>;

/** What a request has to hold to fit the mesh as it is now. */
export const requestDraft = z.object({
  mesh_id: field.meshId,
  state: field.digest,
  required: field.count,
});
export type RequestDraft = z.infer<typeof requestDraft>;

export const requestStatus = z.object({
  request: officerRequest,
  /** `authorised`: enough have signed, and the operator's command that it allows has not come yet. */
  status: z.enum(['pending', 'authorised', 'carried_out']),
  /** Names of officers, in the order in which their signatures arrived. */
  signed_by: z.array(z.string()),
  /** What happens when enough have signed, without a full stop. Earlier controllers do not say. */
  sentence: z.string().optional(),
});
export type RequestStatus = z.infer<typeof requestStatus>;

export const requestList = z.object({ requests: z.array(requestStatus) });
