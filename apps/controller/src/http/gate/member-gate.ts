// Refuses requests on the nodes listener before routing. A request above the limit costs one lookup in a map:
// its body is not read, and its connection ends. So a member that floods delays only itself.

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { LogField, type Logger, type Timers } from '@mesh/host';
import type { NodeId } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import { Allowance, type Arrival, TOO_OFTEN } from './arrivals.ts';
import { findBodyObjection } from './body-limit.ts';
import type { Caller, Callers } from './callers.ts';
import { drop } from './end-connection.ts';
import type { FloodWatch } from './flood-watch.ts';
import { MemberConnections } from './member-connections.ts';
import { Pipeliners } from './pipelining-callers.ts';

/**
 * The most unanswered requests of one identity, over all its connections. An agent has two: its blocking
 * query and one other.
 */
const MAX_IN_FLIGHT = 8;
const LOG_EVERY_MS = 60_000;

export interface MemberGateOptions {
  readonly callers: Callers;
  readonly isRevoked: (nodeId: string) => boolean;
  /** The routes whose requests may use the reserve when the ordinary allowance is used up. */
  readonly reserved: readonly { readonly method: string; readonly path: string }[];
  readonly perMinute: number;
  readonly monotonicMs: () => number;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly flood: FloodWatch;
}

interface Member {
  readonly allowance: Allowance;
  readonly connections: MemberConnections;
  loggedAtMs: number;
}

/**
 * Where a request keeps what it was charged to. A WeakMap of requests would cost the garbage collector a
 * visit of each entry.
 */
const ARRIVAL = Symbol('arrival');
type ChargedRequest = IncomingMessage & { [ARRIVAL]?: Arrival };

export class MemberGate {
  readonly #options: MemberGateOptions;
  /**
   * By identity, which is the name and the key of a certificate. Only enrolments and changes of keys create
   * identities, and both are limited, so the map grows slowly.
   */
  readonly #members = new Map<string, Member>();
  /** The members of one node: one for each key that it has had. */
  readonly #ofNode = new Map<string, readonly Member[]>();
  /** The member at the other end of each connection, which never changes. */
  readonly #bySocket = new WeakMap<TLSSocket, Member>();
  readonly #pipeliners: Pipeliners;
  readonly #reserved: readonly { readonly method: string; readonly prefix: string }[];

  constructor(options: MemberGateOptions) {
    this.#options = options;
    this.#pipeliners = new Pipeliners(options.monotonicMs);
    this.#reserved = options.reserved.map(({ method, path }) => ({ method, prefix: beforeParameter(path) }));
  }

  /** Registers every new connection of the server. */
  follow(server: Server): void {
    server.on('secureConnection', (socket) => {
      const caller = this.#options.callers.of(socket);
      const { connections, allowance } = this.#memberOf(caller);
      // A revoked node may connect to learn that it is revoked, unless it asks too often.
      const isDone = this.#isRevoked(caller) && allowance.isUsedUp(this.#options.monotonicMs());
      if (isDone || this.#pipeliners.has(identityOf(caller))) drop(socket);
      else connections.add(socket);
    });
    // Otherwise Node itself would answer a request with an unknown Expect header, and its sender would not be
    // charged.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  }

  guard(listener: RequestListener): RequestListener {
    return (request, response) => {
      const socket = request.socket as TLSSocket;
      const caller = this.#options.callers.of(socket);
      const member = this.#memberAt(socket, caller);
      const { connections, allowance } = member;
      if (socket.destroyed) return;
      const nowMs = this.#options.monotonicMs();
      const arrival = allowance.admit(this.#isReserved(request), nowMs);
      const endWith = (details: Problem, headers?: Readonly<Record<string, number>>) => {
        if (!connections.endWith(socket, response, details, headers)) this.#endPipeliner(member, caller);
      };
      if (connections.isEnding(socket) || connections.inFlight >= MAX_IN_FLIGHT) {
        this.#noteRefusal(member, caller, nowMs);
        this.#endPipeliner(member, caller);
      } else if (arrival === undefined) {
        this.#noteRefusal(member, caller, nowMs);
        endWith(problem('rate_limited', TOO_OFTEN), { 'retry-after': allowance.retryAfterSeconds(nowMs) });
      } else if (this.#isRevoked(caller)) {
        endWith(problem('node_revoked', `node ${caller?.nodeId} has been revoked`));
      } else {
        const objection = findBodyObjection(request);
        if (objection !== undefined) {
          endWith(objection);
          return;
        }
        (request as ChargedRequest)[ARRIVAL] = arrival;
        connections.follow(socket, response);
        listener(request, response);
      }
    };
  }

  /** What the request was charged to. @throws RangeError for a request that did not come through the gate */
  arrivalOf(request: IncomingMessage): Arrival {
    const arrival = (request as ChargedRequest)[ARRIVAL];
    if (arrival === undefined) throw new RangeError('the request did not come through the gate');
    return arrival;
  }

  /** Ends every connection of the node: idle ones now, the others after their answers or after a second. */
  end(nodeId: NodeId): void {
    for (const { connections } of this.#ofNode.get(nodeId) ?? []) connections.end(this.#options.timers);
  }

  #isReserved({ method, url = '' }: IncomingMessage): boolean {
    return this.#reserved.some((route) => route.method === method && url.startsWith(route.prefix));
  }

  #isRevoked(caller: Caller | undefined): boolean {
    return caller !== undefined && this.#options.isRevoked(caller.nodeId);
  }

  #memberAt(socket: TLSSocket, caller: Caller | undefined): Member {
    let member = this.#bySocket.get(socket);
    if (member === undefined) {
      member = this.#memberOf(caller);
      this.#bySocket.set(socket, member);
    }
    return member;
  }

  #memberOf(caller: Caller | undefined): Member {
    const identity = identityOf(caller);
    const known = this.#members.get(identity);
    if (known !== undefined) return known;
    const member = {
      allowance: new Allowance(this.#options.perMinute, this.#options.monotonicMs()),
      connections: new MemberConnections(),
      loggedAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#members.set(identity, member);
    if (caller !== undefined)
      this.#ofNode.set(caller.nodeId, [...(this.#ofNode.get(caller.nodeId) ?? []), member]);
    return member;
  }

  /** Ends all connections of a member that pipelines, and reads nothing more from them. */
  #endPipeliner(member: Member, caller: Caller | undefined): void {
    this.#pipeliners.add(identityOf(caller));
    member.connections.endAtOnce();
  }

  #noteRefusal(member: Member, caller: Caller | undefined, nowMs: number): void {
    this.#options.flood.count('node_rate');
    if (nowMs - member.loggedAtMs < LOG_EVERY_MS) return;
    member.loggedAtMs = nowMs;
    this.#options.logger.warn(
      { [LogField.nodeId]: caller?.nodeId },
      'a node sends too often or too much at once; its requests are refused',
    );
  }
}

function identityOf(caller: Caller | undefined): string {
  return caller === undefined ? '' : `${caller.nodeId} ${caller.identityKey}`;
}

/** `/v1/leave/:node_id` → `/v1/leave/` */
function beforeParameter(path: string): string {
  const at = path.indexOf(':');
  return at < 0 ? path : path.slice(0, at);
}
