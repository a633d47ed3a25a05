// The public listener's two certificates: Ed25519 for nodes and meshctl as ever, another one for browsers.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { expect, it } from 'vitest';
import { smallDashboard } from '../support/dashboard.ts';
import { startTestController, type TestController } from '../support/index.ts';

/** What browsers offer: no Ed25519. */
const BROWSER = 'ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:ecdsa_secp384r1_sha384';

/** The kind of the server's key and its issuer, as a client with these options gets them. */
function certificateFor(controller: TestController, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const { publicPort: port } = controller.running;
    const socket = connect({ host: '127.0.0.1', port, ca: controller.caPem, ...options }, () => {
      const certificate = socket.getPeerX509Certificate();
      resolve(`${certificate?.publicKey.asymmetricKeyType} by ${certificate?.issuer.replaceAll('\n', ', ')}`);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const OWN_CA = 'CN=Aligned Mesh CA, O=testmesh';

it('is Ed25519 for whoever takes it, and of the same CA for browsers', async () => {
  await using controller = await startTestController({ dashboardFolder: smallDashboard() });
  expect(await certificateFor(controller, {})).toBe(`ed25519 by ${OWN_CA}`);
  expect(await certificateFor(controller, { sigalgs: `${BROWSER}:ed25519` })).toBe(`ed25519 by ${OWN_CA}`);
  expect(await certificateFor(controller, { sigalgs: BROWSER, rejectUnauthorized: false })).toBe(
    `ec by ${OWN_CA}`,
  );
});

it('is the one of the operator for browsers where one is set', async () => {
  const folder = smallDashboard();
  const [certificate, key] = [join(folder, 'browser.pem'), join(folder, 'browser.key')];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  execFileSync('openssl', [...args, '-subj', '/CN=a known CA', '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
  await using controller = await startTestController({
    dashboardFolder: folder,
    config: { dashboard: { certificate_file: certificate, key_file: key } },
  });
  expect(await certificateFor(controller, {})).toBe(`ed25519 by ${OWN_CA}`);
  const browser = { sigalgs: BROWSER, rejectUnauthorized: false, ca: readFileSync(certificate) };
  expect(await certificateFor(controller, browser)).toBe('ec by CN=a known CA');
});

it('without a dashboard is Ed25519 alone, and a start without the files says what to do', async () => {
  await using controller = await startTestController({ config: { dashboard: { enabled: false } } });
  await expect(certificateFor(controller, { sigalgs: BROWSER, rejectUnauthorized: false })).rejects.toThrow();
  await expect(
    startTestController({
      dashboardFolder: smallDashboard(),
      config: { dashboard: { certificate_file: '/nowhere/c.pem', key_file: '/nowhere/k.pem' } },
    }),
  ).rejects.toThrow(/\/nowhere\/c\.pem cannot be read \(ENOENT\): put the certificate for browsers there/);
});
