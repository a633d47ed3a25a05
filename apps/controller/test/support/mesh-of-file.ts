// One running mesh for all the tests of a file.

import { afterAll, beforeAll } from 'vitest';
import { type RunningMesh, runningMesh } from './running-mesh.ts';

/** Started before the first test of the file, and closed after the last. */
export function meshOfFile(names: readonly string[]): () => RunningMesh {
  const started: RunningMesh[] = [];
  beforeAll(async () => {
    started.push(await runningMesh(names));
  });
  afterAll(async () => {
    await started[0]?.[Symbol.asyncDispose]();
  });
  return () => {
    const [mesh] = started;
    if (mesh === undefined) throw new Error('the mesh runs in tests only');
    return mesh;
  };
}
