// The operator's requests about the log.

import { answered, type ClientOptions, call } from './call.ts';
import { callForLines } from './call-for-lines.ts';
import { type LogEntryView, logLine, logPage } from './messages/admin.ts';
import { logKeyView, proofAnswer } from './messages/log.ts';
import { parametersOf } from './query-parameters.ts';
import { pathOf } from './routes.ts';

export interface LogQuery {
  /** The first index that is looked at; 0 by default. */
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
  readonly node?: string | undefined;
  /** Such as `node_denied`. */
  readonly type?: string | undefined;
  /** RFC 3339. */
  readonly since?: string | undefined;
}

export interface ProofQuery {
  /** The decision that held in this epoch; absent: the newest. */
  readonly epoch?: number | undefined;
  /** Only decisions that cut the node. */
  readonly denial?: boolean | undefined;
  /** The size of a head that the reader has seen: the file links its own to it. */
  readonly seen?: number | undefined;
}

/** Calls reject like those of `createAdminClient`, whose part they are. */
export function logCalls(options: ClientOptions) {
  return {
    /**
     * A page of the log. With filters it may hold few entries, or none: go on at `next` until it is `size`.
     */
    log: (query: LogQuery = {}) =>
      answered(
        call(options, { method: 'GET', path: `${pathOf('logEntries')}?${parametersOf(query)}` }, logPage),
      ),
    /**
     * Follows the log for as long as the controller answers, some 25 seconds.
     *
     * @param onEntry called with each entry that fits, from the index `query.from` on
     * @returns the index at which to go on
     */
    followLog: async (
      query: LogQuery,
      onEntry: (entry: LogEntryView) => void,
      signal?: AbortSignal,
    ): Promise<number> => {
      let next = query.from ?? 0;
      const path = `${pathOf('logEntries')}?${parametersOf(query)}&follow=1`;
      await callForLines(options, { method: 'GET', path, signal }, logLine, ({ body }) => {
        if ('next' in body) {
          next = body.next;
        } else {
          next = body.index + 1;
          onEntry(body);
        }
        return true;
      });
      return next;
    },
    /** The text of a file that shows a decision on a node. */
    proof: async (nodeId: string, { epoch, denial, seen }: ProofQuery = {}): Promise<string> => {
      const query = parametersOf({ epoch, seen, denial: denial === true ? 1 : undefined });
      const path = `${pathOf('proveNode', nodeId)}?${query}`;
      return (await answered(call(options, { method: 'GET', path }, proofAnswer))).file;
    },
    /** The name and the keys of the log. */
    logKey: () => answered(call(options, { method: 'GET', path: pathOf('logKey') }, logKeyView)),
  };
}
