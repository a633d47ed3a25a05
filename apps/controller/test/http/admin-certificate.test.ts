// Client certificates at the network door of the administration. The admin CA gives no node's rights, and the
// mesh's own CA gives no administrator's. Each attack is made against the real doors, and against one that
// trusts the other CA.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTlsFetch } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { createNodeClient } from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openNodesListener, openPublicListener } from '../../src/http/listeners/open-tls-listeners.ts';
import { StartGate } from '../../src/http/listeners/start-gate.ts';
import type { ControllerKeys } from '../../src/trust/controller-keys.ts';
import { testAdminAuthority } from '../support/admin-authority.ts';
import { enrolTestNode, startTestController, type TestController } from '../support/index.ts';
import { networkAdmin } from '../support/network-admin.ts';
import { problemOf } from '../support/running-mesh.ts';

const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'admin-ca-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
};

/** A controller with an admin CA, and the roles that it gives. */
async function withAdminCa(clock?: FakeClock) {
  const authority = await testAdminAuthority();
  const controller = await startTestController({
    ...(clock === undefined ? {} : { clock }),
    config: {
      admin_ca_file: authority.write(folder()),
      admin_certificates: [
        { common_name: 'alice', role: 'operator' },
        { common_name: 'watcher', role: 'viewer' },
        // A node that is called like an administrator.
        { common_name: 'node-a', role: 'operator' },
      ],
    },
  });
  onTestFinished(() => controller.close());
  return { authority, controller };
}

const openGate = () => {
  const gate = new StartGate();
  gate.open();
  return gate;
};

describe('a certificate of the admin CA', () => {
  it('has the role of its common name, which the log names', async () => {
    const { authority, controller } = await withAdminCa();
    (await enrolTestNode(controller, 'node-b')).close();
    const alice = networkAdmin(controller, await authority.issue('CN=alice, O=Ops'));
    expect((await alice.quarantine('node-b', 'a test')).status).toBe('quarantined');
    const { log } = await controller.admin.node('node-b');
    expect(log.at(-1)?.entry.data).toEqual({ actor: 'certificate', actor_id: 'alice', why: 'a test' });
    const watcher = networkAdmin(controller, await authority.issue('CN=watcher'));
    expect((await watcher.nodes()).nodes).toHaveLength(1);
    expect(await problemOf(watcher.release('node-b', 'x'))).toMatchObject({ code: 'forbidden' });
  });

  it.each([
    ['whose name has no role', 'CN=mallory', {}],
    ['without a common name', 'O=alice', {}],
    ['with two common names', 'CN=alice, CN=watcher', {}],
    ['that has ended', 'CN=alice', { notAfterMs: Date.now() - 60_000 }],
  ])('%s is worth nothing', async (_what, subject, options) => {
    const { authority, controller } = await withAdminCa();
    const admin = networkAdmin(controller, await authority.issue(subject, options));
    expect(await problemOf(admin.nodes())).toMatchObject({ code: 'unauthenticated' });
  });

  it('ends on its kept connection too', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    const { authority, controller } = await withAdminCa(clock);
    const admin = networkAdmin(
      controller,
      await authority.issue('CN=alice', { notAfterMs: clock.nowMs() + 60_000 }),
    );
    expect((await admin.nodes()).nodes).toEqual([]);
    await clock.advance(60_000);
    expect(await problemOf(admin.nodes())).toMatchObject({ code: 'unauthenticated' });
  });

  it('of another CA with the same names is worth nothing', async () => {
    const { controller } = await withAdminCa();
    const forged = await (await testAdminAuthority()).issue('CN=alice');
    expect(await problemOf(networkAdmin(controller, forged).nodes())).toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('does not count beside a key that is not good', async () => {
    const { authority, controller } = await withAdminCa();
    const admin = networkAdmin(controller, { ...(await authority.issue('CN=alice')), key: 'mesh_key_x' });
    expect(await problemOf(admin.nodes())).toMatchObject({ code: 'unauthenticated' });
  });
});

describe('the certificate of a node', () => {
  const credentialsOf = async (controller: TestController) => {
    const node = await enrolTestNode(controller, 'node-a');
    onTestFinished(() => node.close());
    return { cert: node.certificatePem, certKey: node.keys.keyPem };
  };

  it('gives no right to administer, even to a node with the name of an administrator', async () => {
    const { controller } = await withAdminCa();
    const admin = networkAdmin(controller, await credentialsOf(controller));
    expect(await problemOf(admin.nodes())).toMatchObject({ code: 'unauthenticated' });
  });

  it("would give it at a door that trusts the mesh's own CA", async () => {
    const { controller } = await withAdminCa();
    const credentials = await credentialsOf(controller);
    const { services } = controller.running;
    const ports = { ...services, nodesUrl: controller.nodesUrl, adminCaPem: controller.caPem };
    const door = await openPublicListener(ports, openGate());
    onTestFinished(() => door.close());
    const admin = networkAdmin(controller, credentials, `https://127.0.0.1:${door.port}`);
    expect((await admin.nodes()).nodes).toHaveLength(1);
  });
});

describe("a certificate of the admin CA with a node's name and key", () => {
  const attack = async (port: number, controller: TestController, cert: string, key: string) => {
    const fetch = createTlsFetch({ ca: controller.caPem, cert, key });
    onTestFinished(() => fetch.close());
    const client = createNodeClient({ baseUrl: `https://127.0.0.1:${port}`, fetch }, 'node-a');
    return client.epoch().then(
      () => 'let in',
      () => 'refused',
    );
  };
  const forged = async () => {
    const { authority, controller } = await withAdminCa();
    const node = await enrolTestNode(controller, 'node-a');
    node.close();
    const { keys } = node;
    const uri = `spiffe://${controller.config.mesh_id}/node/node-a`;
    const { cert } = await authority.issue('CN=alice', { uri, identityKey: keys.identityKey });
    return { authority, controller, cert, certKey: keys.keyPem };
  };

  it('is not let in as a node', async () => {
    const { controller, cert, certKey } = await forged();
    expect(await attack(controller.running.nodesPort, controller, cert, certKey)).toBe('refused');
  });

  it('would be let in at a door that trusts the admin CA too', async () => {
    const { authority, controller, cert, certKey } = await forged();
    const { services } = controller.running;
    const own = services.keys.authority;
    const trusting = {
      certificatePem: own.certificatePem,
      trustedPem: own.trustedPem + authority.pem,
      issueServer: own.issueServer.bind(own),
      onChange: own.onChange.bind(own),
      issuerOf: () => own.pin,
      isTrusted: own.isTrusted.bind(own),
    } as unknown as ControllerKeys['authority'];
    const ports = { ...services, keys: { ...services.keys, authority: trusting } };
    const door = await openNodesListener(ports, openGate());
    onTestFinished(() => door.close());
    expect(await attack(door.port, controller, cert, certKey)).toBe('let in');
  });
});

describe('admin_ca_file', () => {
  /** @param make writes the file, and gets the mesh's own CA as PEM */
  const refused = async (make: (path: string, meshCaPem: string) => void) => {
    const path = join(folder(), 'ca.pem');
    const controller = await startTestController();
    onTestFinished(() => controller.close());
    const { caPem } = controller;
    await controller.stop();
    make(path, caPem);
    Object.assign(controller.config, { admin_ca_file: path });
    return expect(controller.start()).rejects;
  };

  it.each([
    ['that is missing', () => undefined, 'cannot be read (ENOENT)'],
    ['without a certificate', (path: string) => writeFileSync(path, 'x'), 'no PEM certificate'],
    [
      'with a damaged certificate',
      (path: string) => writeFileSync(path, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      'cannot be parsed',
    ],
  ])('%s is refused at start', async (_what, make, message) => {
    await (await refused(make)).toThrow(message);
  });

  it("with the mesh's own CA is refused", async () => {
    await (await refused(writeFileSync)).toThrow('every node');
  });

  it('with the certificate of a person is refused', async () => {
    const { cert } = await (await testAdminAuthority()).issue('CN=alice');
    await (await refused((path) => writeFileSync(path, cert))).toThrow('not of a CA');
  });
});
