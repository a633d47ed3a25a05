// What officers sign, what comes of it, and the log entries of it: who the officers are, requests and their
// signatures, planned work, revoked classes.

import type { JsonValue } from '@mesh/primitives';
import type { MaintenanceMessage, OfficerRequest, RequestKindName } from '@mesh/protocol';
import { type Actor, actorFields, causeFields } from './actor.ts';

/** A person who may sign critical requests. */
export interface Officer {
  readonly name: string;
  /** Ed25519, strict base64. */
  readonly publicKey: string;
}

interface RequestOutcome<Type extends string> {
  readonly type: Type;
  readonly requestId: string;
  readonly kind: RequestKindName;
  /** The names of those who have signed. */
  readonly officers: readonly string[];
}

export type OfficerEvent =
  /** Who may sign requests from now on, and how many of them have to. */
  | {
      readonly type: 'officers_set';
      readonly officers: readonly Officer[];
      readonly required: number;
      readonly actor: Actor;
    }
  /** A request has got another officer's signature. */
  | {
      readonly type: 'request_signed';
      readonly officer: Officer;
      readonly request: OfficerRequest;
      readonly signature: string;
      readonly actor: Actor;
    }
  /** Enough have signed a request that allows an operator's command. */
  | RequestOutcome<'request_authorised'>
  /** A request has done what it was for, and is spent. */
  | RequestOutcome<'request_carried_out'>
  /** Somebody tried what officers have to sign, and nothing changed. */
  | {
      readonly type: 'request_refused';
      /** Undefined if there was no request, but an operator alone. */
      readonly requestId: string | undefined;
      readonly kind: RequestKindName;
      readonly code: string;
      readonly detail: string;
      /** The names of the officers whose signatures were valid. */
      readonly officers: readonly string[];
      readonly actor: Actor;
    }
  /** Leases last longer until `untilMs`, for planned work that an officer has authorised. */
  | {
      readonly type: 'maintenance_started';
      readonly officer: Officer;
      readonly request: MaintenanceMessage;
      readonly untilMs: number;
      /** Who brought the officer's request. */
      readonly actor: Actor;
    }
  | { readonly type: 'maintenance_ended'; readonly requestId: string; readonly actor: Actor }
  /** Officers revoked a class: it takes no nodes, and only officers release those that it has. */
  | {
      readonly type: 'class_revoked' | 'class_released';
      readonly class: string;
      readonly why: string;
      readonly actor: Actor;
    };

type Fields = { readonly [name: string]: JsonValue };
const both = (data: Fields, details?: Fields) => ({ data, details });

/** What an entry shows, and what it only commits to. */
export function officerLogEntry(event: OfficerEvent): ReturnType<typeof both> {
  switch (event.type) {
    case 'officers_set':
      return both({
        officers: event.officers.map(({ name, publicKey }) => ({ name, public_key: publicKey })),
        required: event.required,
        ...actorFields(event.actor),
      });
    case 'request_signed':
      // The whole request, so that anybody who knows the officer's key can check what the officer signed.
      return both({
        officer: event.officer.name,
        officer_key: event.officer.publicKey,
        request: { ...event.request } as unknown as JsonValue,
        signature: event.signature,
        ...actorFields(event.actor),
      });
    case 'request_authorised':
    case 'request_carried_out':
      return both({ request_id: event.requestId, kind: event.kind, officers: [...event.officers] });
    case 'request_refused':
      return both(
        {
          request_id: event.requestId ?? null,
          kind: event.kind,
          code: event.code,
          officers: [...event.officers],
          ...actorFields(event.actor),
        },
        { detail: event.detail },
      );
    case 'maintenance_started':
      // The whole request, so that anybody who knows the officer's key can check that the officer asked for
      // this.
      return both({
        officer: event.officer.name,
        officer_key: event.officer.publicKey,
        request: { ...event.request },
        ...actorFields(event.actor),
      });
    case 'maintenance_ended':
      return both({ request_id: event.requestId, ...actorFields(event.actor) });
    case 'class_revoked':
    case 'class_released':
      return both({ class: event.class, ...causeFields(event) });
    default:
      return event satisfies never;
  }
}
