// However requests are brought, whoever brings them and in whatever order: a node is revoked exactly when as
// many different officers as have to sign have signed one request that was accepted.

import { submitRequest } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { OfficerRequest } from '@mesh/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fakeKey, Mesh, NOW } from '../support/mesh.ts';
import { HOUR, requestFor, revocationOf, setOfficers, signedBy } from '../support/officers.ts';

const OFFICERS = ['alice', 'bob', 'carol', 'dave'];
const MINUTE = 60_000;

/** One delivery: which of the requests, who signed it, and what is wrong with it. */
const anyDelivery = fc.record({
  which: fc.nat(2),
  names: fc.array(fc.constantFrom(...OFFICERS), { maxLength: 4 }),
  stranger: fc.oneof(
    { weight: 6, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  changed: fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Partial<OfficerRequest>>(
        { mesh_id: 'other' as OfficerRequest['mesh_id'] },
        { state: `sha256:${'ee'.repeat(32)}` },
        { required: 1 },
        { expires_at: formatRfc3339(NOW) },
      ),
    },
  ),
  allAtOnce: fc.boolean(),
  laterMs: fc.constantFrom(0, MINUTE, 20 * MINUTE),
});

it('a node is revoked exactly when enough different officers have signed the same good request', () => {
  const seen = { revoked: 0, not: 0 };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(anyDelivery, { maxLength: 8 }),
      (required, deliveries) => {
        const mesh = new Mesh();
        setOfficers(mesh, OFFICERS, required);
        mesh.admit('node-a');
        const requests = [0, 1, 2].map(() => requestFor(mesh, revocationOf('node-a')));
        const gathered = requests.map(() => new Set<string>());
        let expected = false;
        for (const { which, names, stranger, changed, allAtOnce, laterMs } of deliveries) {
          mesh.nowMs += laterMs;
          const request = { ...requests[which], ...changed } as OfficerRequest;
          const submission = signedBy(request, names, {
            allAtOnce,
            unproven: stranger ? [fakeKey('mallory')] : [],
          });
          mesh.run(submitRequest(submission));

          const isGood =
            !stranger &&
            new Set(names).size === names.length &&
            mesh.nowMs < NOW + HOUR &&
            (Object.keys(changed).length === 0 || (required === 1 && 'required' in changed));
          if (!isGood || expected) continue;
          const all = new Set([...(gathered[which] ?? []), ...names]);
          if (all.size >= required) expected = true;
          else if (!allAtOnce) gathered[which] = all;
        }
        const isRevoked = mesh.node('node-a').status === 'revoked';
        seen[isRevoked ? 'revoked' : 'not'] += 1;
        expect(isRevoked).toBe(expected);
        expect(mesh.node('node-a').membership === 'denied').toBe(isRevoked);
      },
    ),
    { numRuns: 500 },
  );
  expect(Math.min(seen.revoked, seen.not)).toBeGreaterThan(50);
});
