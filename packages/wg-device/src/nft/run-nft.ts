// Runs `nft`. Batches go through a private file, because nft opens its standard input a second time by its
// path, which a socket does not allow.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateDir } from '../linux/private-dir.ts';
import { type RunCommand, runOrThrow } from '../linux/run-command.ts';
import { TunnelError } from '../port/tunnel-error.ts';

export interface RunNft {
  /** Applies a batch in one transaction. @throws TunnelError */
  apply(batch: string): Promise<void>;
  /** Asks the kernel whether it would take a batch, and changes nothing. @throws TunnelError */
  check(batch: string): Promise<void>;
  /** @throws TunnelError */
  list(...what: readonly string[]): Promise<string>;
}

export interface RunNftOptions {
  readonly run: RunCommand;
  /** A folder in memory, so that a full disk does not matter. */
  readonly runtimeDir: string;
  /** Keeps this file apart from those of other interfaces. */
  readonly interfaceName: string;
}

const TIMEOUT_MS = 5_000;

export function createRunNft({ run, runtimeDir, interfaceName }: RunNftOptions): RunNft {
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = last.then(task);
    last = turn.catch(() => undefined);
    return turn;
  }
  const fromFile = (flags: readonly string[], batch: string) =>
    inTurn(async () => {
      ensurePrivateDir(runtimeDir);
      const path = join(runtimeDir, `${interfaceName}.nft`);
      try {
        writeFileSync(path, batch, { mode: 0o600 });
        await runOrThrow(run, 'nft', [...flags, '-f', path], { timeoutMs: TIMEOUT_MS });
      } finally {
        rmSync(path, { force: true });
      }
    });
  return {
    apply: (batch) => fromFile([], batch),
    check: (batch) => fromFile(['-c'], batch),
    list: (...what) =>
      inTurn(async () =>
        new TextDecoder().decode(await runOrThrow(run, 'nft', what, { timeoutMs: TIMEOUT_MS })),
      ),
  };
}

/**
 * @param batch a complete batch: the kernel may lack something that only a part of it needs
 * @returns undefined if nftables can be used
 */
export async function findObstacle(nft: RunNft, batch: string): Promise<TunnelError | undefined> {
  return await nft.check(batch).then(
    () => undefined,
    (error: unknown) =>
      error instanceof TunnelError
        ? error
        : new TunnelError('unexpected_answer', 'nftables could not be tried'),
  );
}

/** Applies a removal. Without nft there is nothing to remove. @throws TunnelError */
export async function applyIfThere(nft: RunNft, batch: string): Promise<void> {
  await nft.apply(batch).catch((error: unknown) => {
    if (!(error instanceof TunnelError && error.code === 'unavailable')) throw error;
  });
}
