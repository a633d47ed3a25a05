// Other officers: nobody becomes one with a key that was a node's.

import { expect, it } from 'vitest';
import { fakeKey, Mesh } from './support/mesh.ts';
import { requestFor, revocationOf, setOfficers, submit } from './support/officers.ts';

it.each([true, false])('an officer with the key of a revoked node: %s; refused if so', (isSpent) => {
  const mesh = new Mesh();
  setOfficers(mesh, ['alice', 'bob'], 2);
  const { identityKey } = mesh.admit('node-a');
  submit(mesh, requestFor(mesh, revocationOf('node-a')), 'alice', 'bob');
  const key = isSpent ? identityKey : fakeKey('mallory');
  const parameters = { officers: [{ name: 'mallory', public_key: key }], required: 1 };
  const request = requestFor(mesh, { kind: 'officers.replace', parameters });
  const outcome = submit(mesh, request, 'alice', 'bob');
  const refusal = {
    problem: { code: 'key_spent', detail: expect.stringContaining('officer mallory: the key') },
  };
  expect(outcome).toMatchObject(isSpent ? { kind: 'refused', ...refusal } : { kind: 'done' });
  expect(mesh.state.officers()?.required).toBe(isSpent ? 2 : 1);
});
