// What one operation of the HTTP interface is: its path, who may ask, and the schemas of what goes in and
// comes out. Servers, clients and the OpenAPI document are built from these.

import * as z from 'zod';
import type { AdminRole } from '../messages/admin-key.ts';
import type { ProblemCode } from '../problems.ts';
import { type RouteName, routes } from '../routes.ts';

/** An answer that is not JSON, or JSON that another package describes. */
export interface MediaAnswer {
  readonly mediaType: string;
  /** One sentence. */
  readonly what: string;
}

export interface Operation {
  readonly method: 'GET' | 'POST';
  readonly route: RouteName;
  /** The pattern of the route. */
  readonly path: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** Parameters of the query, by name. The values are as they are after reading: numbers are numbers. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Whether nothing may be sent in place of a body. It is then read only when it is needed. */
  readonly bodyIsOptional?: boolean;
  /** What comes with status 200. */
  readonly answer: z.ZodType | MediaAnswer;
  /** The lines of an answer that is `application/jsonl`, where a query can ask for one. */
  readonly lines?: z.ZodType;
  /** The data of each event, where a caller can ask for `text/event-stream`. */
  readonly events?: z.ZodType;
  /** Whether a caller gets 304 for what it has: by `If-None-Match`, or by the version in the query. */
  readonly notModified?: 'etag' | 'version';
  /** What it can be refused with beside what `problemsOf` adds for the door, the path and the body. */
  readonly problems: readonly ProblemCode[];
}

/** An operation of the nodes door. */
export interface MemberOperation extends Operation {
  /** Whether a signature of the node covers the body. */
  readonly isSigned?: boolean;
}

/** An operation of the administration. */
export interface AdminOperation extends Operation {
  /** The least role that may use it. */
  readonly least: AdminRole;
}

type Rest<T extends Operation> = Omit<T, 'method' | 'route' | 'path'>;

/** @returns the operation with its path filled in */
export const operationMaker =
  <T extends Operation, Method extends T['method']>(method: Method) =>
  <const R extends RouteName, const Of extends Rest<T>>(route: R, rest: Of) => ({
    ...rest,
    method,
    route,
    path: routes[route],
  });

/** The most items of one page. */
export const MAX_PAGE = 1_000;

/**
 * The query of a list that grows. Without `limit` the answer is the whole list, as it was before there were
 * pages.
 */
export const pageQuery = z.object({
  /** How many items a page holds at most. */
  limit: z.number().int().min(1).max(MAX_PAGE).optional(),
  /** `next_cursor` of the page before. */
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,128}$/, 'must be the next_cursor of a page')
    .optional(),
});
export type PageQuery = Readonly<z.infer<typeof pageQuery>>;
