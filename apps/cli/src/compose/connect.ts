// Opens the door to a controller. Over the network it first fetches the controller's CA and checks it by its
// pin, then sends the credentials over a connection that trusts this CA alone.

import { createSocketFetch, createTlsFetch, fetchCaWithPin, type NodeFetch } from '@mesh/host';
import { defined } from '@mesh/primitives';
import type { FetchLike } from '@mesh/protocol';
import type { Connection, Credentials, Door, NetworkDoor } from '../ports/ports.ts';

/** Rotation waits for a commit to disk. No call should take longer than that. */
const TIMEOUT_MS = 30_000;

/** Nothing is opened before the first call. @param credentials needed for the network */
export function connect(door: Door, credentials: Credentials | undefined): Connection {
  return door.kind === 'socket' ? overSocket(door.path) : overNetwork(door, credentials);
}

function overSocket(path: string): Connection {
  const fetch = createSocketFetch(path);
  return { fetch: limited(() => Promise.resolve(fetch)), close: () => fetch.close() };
}

function overNetwork({ url, caPins }: NetworkDoor, credentials: Credentials | undefined): Connection {
  let opening: Promise<NodeFetch> | undefined;
  let opened: NodeFetch | undefined;
  const open = async (signal: AbortSignal): Promise<NodeFetch> => {
    const ca = await fetchCaWithPin(url, caPins, { signal });
    opened = createTlsFetch({ ca, ...defined({ ...credentials?.certificate }) });
    return opened;
  };
  return {
    fetch: limited((signal) => {
      opening ??= open(signal);
      return opening;
    }),
    close: () => opened?.close(),
  };
}

/** Every call, with what has to be opened for it, ends within the time. */
function limited(fetchOf: (signal: AbortSignal) => Promise<NodeFetch>): FetchLike {
  return async (url, init) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return (await fetchOf(signal))(url, { ...init, signal });
  };
}
