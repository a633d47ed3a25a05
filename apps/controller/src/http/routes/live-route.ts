// GET /v1/live: the state of the mesh for an operator's screen, once, or as a stream of events for clients
// that ask for that media type.

import { ProblemError, problem } from '@mesh/protocol';
import type { Handler } from 'hono';
import { type LiveStreamPorts, liveMessage, liveStream } from '../respond/live/live-stream.ts';

export type LivePorts = LiveStreamPorts;

const EVENTS = 'text/event-stream';
const NOT_STORED = { 'cache-control': 'no-store' };

export function liveRoute(ports: LivePorts): Handler {
  return (context) => {
    if (ports.live.isFull)
      throw new ProblemError(problem('rate_limited', 'too many read the live state already'), 5);
    if (context.req.header('accept')?.includes(EVENTS) !== true)
      return context.json(liveMessage(ports), 200, NOT_STORED);
    return context.body(liveStream(ports, context.req.header('last-event-id')), 200, {
      ...NOT_STORED,
      'content-type': EVENTS,
      // A proxy in front hands each event on when it comes.
      'x-accel-buffering': 'no',
    });
  };
}
