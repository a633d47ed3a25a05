// How the agent's process starts, ends and starts again, while its certificate, its port or its clock may
// have changed.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@mesh/host/test-kit';
import { type BenchmarkMessage, type EndpointMessage, endpointMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/errors/agent-error.ts';
import type { AgentStatus } from '../../src/status/agent-status.ts';
import { configBody, startController } from '../support/agent-fixtures.ts';
import { enrolled, publish, run } from '../support/agent-program.ts';

describe('an agent’s life as a process', () => {
  it('does not leave the mesh when stopped by a signal, and starts again with the same identity after kill -9', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    set(configBody('v1', ['a']));
    const { stateDir, up, status } = await enrolled(controller);
    const first = up();
    await waitUntil('a submission', () =>
      controller.requests.some(({ path }) => path === '/v1/benchmarks/self'),
    );
    first.child.kill('SIGKILL');
    await first.exit;
    // A stale socket and lock file do not prevent the next start.
    expect(existsSync(join(stateDir, 'control.sock'))).toBe(true);
    const second = up();
    await waitUntil(
      'the second submission',
      () => controller.requests.filter(({ path }) => path === '/v1/benchmarks/self').length === 2,
    );
    await waitUntil('the status', async () => (await status())?.allowed === true);
    second.child.kill('SIGTERM');
    expect((await second.exit).code).toBe(0);
    expect(controller.requests.some(({ path }) => path === '/v1/leave/self')).toBe(false);
    const submitted = controller.requests
      .filter(({ path }) => path === '/v1/benchmarks/self')
      .map(({ body }) => body as BenchmarkMessage);
    // If it was killed before the answer came, it may repeat that number, but never uses a lower one.
    expect(submitted[1]?.sequence).toBeGreaterThanOrEqual(submitted[0]?.sequence ?? Number.POSITIVE_INFINITY);
    expect(submitted[1]?.instance_id).not.toBe(submitted[0]?.instance_id);
    expect(new Set(controller.requests.map(({ peerUri }) => peerUri))).toEqual(
      new Set(['URI:spiffe://test-mesh/node/self']),
    );
  });

  it('renews its certificate after two thirds of its lifetime, and continues with the new one', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    set(configBody('v1', ['a']));
    // The fake CA backdates certificates by a minute, so most of the lifetime is over at once.
    controller.certificateLifeMs = 20_000;
    const { up } = await enrolled(controller);
    const usual = controller.onNodeRequest;
    controller.certificateLifeMs = 86_400_000;
    controller.onNodeRequest = async (request) => {
      if (request.path !== '/v1/certificates/self') return usual(request);
      const { csr_pem } = request.body as { csr_pem: string };
      return {
        status: 200,
        body: { certificate_pem: await controller.certificateFor(csr_pem, 'self'), ca_pem: controller.caPem },
      };
    };
    const agent = up();
    await waitUntil('the renewal', () => agent.output().includes('certificate renewed'));
    const before = controller.requests[0]?.serial;
    set(configBody('v2', []));
    set(configBody('v3', []));
    await waitUntil('a query with the new certificate', () =>
      controller.requests.some(({ serial }) => serial !== before),
    );
  });

  it('whose certificate expired while it was down says what to do', async () => {
    const controller = await startController();
    publish(controller).set(configBody('v1', ['a']));
    controller.certificateLifeMs = 3_000;
    const { up } = await enrolled(controller);
    const overAtMs = Date.now() + 3_000;
    await waitUntil('its end', () => Date.now() > overAtMs);
    const agent = up();
    await waitUntil('the way out', () => agent.output().includes('enrol again with a fresh join token'));
  });

  it('reports a changed port to the controller', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    set(configBody('v1', []));
    const { up } = await enrolled(controller);
    up('--listen-port', '51999', '--advertise', '192.0.2.7');
    const reported = () => controller.requests.filter(({ path }) => path === '/v1/endpoints/self');
    await waitUntil('the report', () => reported().length === 1);
    const message: EndpointMessage = endpointMessage.parse(reported()[0]?.body);
    expect(message).toMatchObject({ listen_ports: { a: 51_999, b: 52_000 }, advertise: ['192.0.2.7'] });
  });

  it('refuses to start twice with one state directory', async () => {
    const controller = await startController();
    const { set } = publish(controller);
    set(configBody('v1', []));
    const { up } = await enrolled(controller);
    const first = up();
    await waitUntil('the first', () => first.output().includes('agent started'));
    const second = await up().exit;
    expect(second.code).toBe(exitCodes.already_running);
    expect(second.errors).toMatch(/a directory of its own/);
  });
});

describe('the test clock', () => {
  it('is accepted only if both the variable and the flag are given', async () => {
    const controller = await startController();
    publish(controller).set(configBody('v1', []));
    const { stateDir } = await enrolled(controller);
    const env = { MESH_TEST_CLOCK_OFFSET_MS: '-2000' };
    const refused = await run(['up', '--dry-run', '--state-dir', stateDir], env).exit;
    expect(refused).toMatchObject({ code: exitCodes.usage });
    expect(refused.errors).toMatch(/unset it/);
    const agent = run(['up', '--dry-run', '--state-dir', stateDir, '--insecure-test-clock'], env);
    await waitUntil('the config', () => agent.output().includes('"config"'));
    const { output } = await run(['status', '--json', '--state-dir', stateDir]).exit;
    const { clock_offset_ms: offsetMs, clock_uncertainty_ms: uncertaintyMs } = (
      JSON.parse(output) as AgentStatus
    ).controller;
    // The longer its first exchange took, the less the agent knows, and it says so.
    expect(Math.abs(Number(offsetMs) - 2_000)).toBeLessThan(500 + Number(uncertaintyMs));
  });
});
