// The controller changes to another CA: what a renewal brings is stored and trusted, and nothing else is.

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '@mesh/host';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ControllerClock } from '../../src/clock/controller-clock.ts';
import { connectWith } from '../../src/compose/connections.ts';
import { type Enrolment, readEnrolment, writeEnrolment } from '../../src/identity/enrolment-file.ts';
import { EnrolmentStore } from '../../src/identity/enrolment-store.ts';
import { lookAtMember } from '../../src/identity/open-member.ts';
import { renewCertificates } from '../../src/uplink/certificate/renew-certificate.ts';
import { enrolledMember, type Member, silent, startController } from '../support/agent-fixtures.ts';
import { MESH_ID } from '../support/fake-controller.ts';
import { TestAuthority } from '../support/test-authority.ts';

/** A member whose renewal brought a certificate of another CA, and both CAs. */
async function renewedMember(): Promise<Member & { readonly next: TestAuthority; readonly now: Enrolment }> {
  const controller = await startController();
  const member = await enrolledMember(controller);
  const { dir, keys, enrolment } = member;
  await writeEnrolment(dir.enrolment, enrolment);
  const next = await TestAuthority.create();
  const ending = new AbortController();
  await renewCertificates(
    {
      store: new EnrolmentStore(dir.enrolment, enrolment),
      identity: keys.identity,
      client: {
        renewCertificate: async (csrPem) => ({
          certificate_pem: await next.certify(csrPem, `spiffe://${MESH_ID}/node/self`, 86_400_000),
          ca_pem: `${enrolment.ca_pem}\n${next.pem}\n`,
        }),
      },
      controllerClock: { nowMs: () => Date.now() + 20 * 3_600_000 } as ControllerClock,
      timers: systemTimers,
      random: () => 0.5,
      logger: silent,
      renewed: () => ending.abort(),
    },
    ending.signal,
  );
  const now = await readEnrolment(dir.enrolment);
  if (now === undefined) throw new Error('the enrolment is gone');
  return { ...member, next, now };
}

/** Whether the agent, with this enrolment, talks to a server with a certificate of this CA. */
async function talksTo(authority: TestAuthority, { keys }: Member, enrolment: Enrolment): Promise<boolean> {
  const server = createServer(await authority.serverIdentity(), (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { fetch, close } = connectWith(keys.identity)(enrolment);
  onTestFinished(() => {
    close();
    server.closeAllConnections();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return fetch(url, { method: 'GET' }).then(
    () => true,
    () => false,
  );
}

describe('after a renewal during a rotation', () => {
  it('the enrolment on disk holds both CAs, and a start accepts it', async () => {
    const { dir, enrolment, next, now } = await renewedMember();
    expect(now.ca_pem).toContain(enrolment.ca_pem.trim());
    expect(now.ca_pem).toContain(next.pem.trim());
    await expect(lookAtMember(dir)).resolves.toMatchObject({ enrolment: now });
  });

  it('the agent trusts servers of the next CA, which it did not before, and of nobody else', async () => {
    const member = await renewedMember();
    expect(await talksTo(member.next, member, member.enrolment)).toBe(false);
    expect(await talksTo(member.next, member, member.now)).toBe(true);
    expect(await talksTo(await TestAuthority.create(), member, member.now)).toBe(false);
  });

  it('and a controller that still shows its first certificate is trusted as before', async () => {
    const controller = await startController();
    const { keys, enrolment } = await enrolledMember(controller);
    const next = await TestAuthority.create();
    const { fetch, close } = connectWith(keys.identity)({
      ...enrolment,
      ca_pem: `${enrolment.ca_pem}\n${next.pem}\n`,
    });
    onTestFinished(close);
    const answer = await fetch(`${enrolment.nodes_url}/v1/epoch`, { method: 'GET' });
    expect(answer.status).toBeGreaterThanOrEqual(200);
  });
});
