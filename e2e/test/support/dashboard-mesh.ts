// A controller in this process that serves the dashboard, with nodes that are in and report their tunnels.

import { defined, formatRfc3339 } from '@mesh/primitives';
import type { AdminRole, AppliedMessage } from '@mesh/protocol';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import {
  type ConfigInput,
  enrolTestNode,
  startTestController,
  type TestController,
  type TestNode,
  until,
} from '../../../apps/controller/test/support/index.ts';
import { buildDashboard, launchBrowser, openPage, type WatchedPage } from '../../lab/browser.ts';
import { type BreakableLine, breakableLine } from './breakable-line.ts';

export interface SignInOptions {
  readonly browser?: BrowserContextOptions;
  /** Run in each page before anything else. */
  readonly script?: string;
  /** Of a line to the controller. */
  readonly port?: number;
}

export interface DashboardMesh {
  readonly controller: TestController;
  readonly browser: Browser;
  readonly nodes: readonly TestNode[];
  /** Reports of all nodes: every tunnel has had a handshake this long ago. */
  report(handshakeAgeMs: number | null): Promise<void>;
  /** Opens the page and signs in with a new key of the role. */
  signedIn(role: AdminRole, options?: SignInOptions): Promise<WatchedPage>;
  /** A line to the public listener that can be broken. */
  line(): Promise<BreakableLine>;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param config settings of the controller, in the place of those below
 * @param classOf the class that a node enrols into; by default everybody's
 */
export async function startDashboardMesh(
  names: readonly string[],
  config: Partial<ConfigInput> = {},
  classOf: (name: string) => string | undefined = () => undefined,
): Promise<DashboardMesh> {
  const classes = new Set(names.flatMap((name) => classOf(name) ?? []));
  const built = await buildDashboard();
  const controller = await startTestController({
    dashboardFolder: built.folder,
    logLevel: 'warn',
    config: {
      epoch_seconds: 5,
      policy: { floors: { refusal: 0.5 }, classes: [...classes].map((name) => ({ name })) },
      // Results stay good for as long as the tests last.
      max_benchmark_age_seconds: 86_400,
      dashboard: { idle_minutes: 60 },
      ...config,
    },
  });
  const browser = await launchBrowser();
  const nodes = await Promise.all(
    names.map((name) => enrolTestNode(controller, name, defined({ class: classOf(name) }))),
  );
  for (const node of nodes) await node.submit({ overall: 0.9, refusal: 0.8 });
  const url = `${controller.publicUrl}/dashboard/`;
  const { view } = controller.running.services;
  await until('the nodes to be in', () =>
    names.every((name) => view.node(name as never)?.membership === 'admitted'),
  );
  const mesh: DashboardMesh = {
    controller,
    browser,
    nodes,
    url,
    report: async (handshakeAgeMs) => {
      for (const node of nodes) await node.client.reportApplied(reportOf(node, nodes, handshakeAgeMs));
    },
    line: () => breakableLine(controller.running.publicPort),
    signedIn: async (role, { browser: options = {}, script, port } = {}) => {
      const { key } = await controller.admin.createKey({ name: `a ${role}`, role });
      const at = port === undefined ? url : `https://127.0.0.1:${port}/dashboard/`;
      const watched = await openPage(browser, at, options, script);
      await watched.page.getByLabel('API key').fill(key);
      await watched.page.keyboard.press('Enter');
      await watched.page.getByText('live', { exact: true }).waitFor();
      return watched;
    },
    close: async () => {
      await browser.close();
      for (const node of nodes) node.close();
      await controller.close();
      built.remove();
    },
  };
  await mesh.report(10_000);
  return mesh;
}

function reportOf(node: TestNode, nodes: readonly TestNode[], handshakeAgeMs: number | null): AppliedMessage {
  return node.sign('applied', {
    node_id: node.nodeId,
    sequence: node.nextSequence(),
    sent_at: formatRfc3339(Math.floor(node.controller.nowMs())),
    instance_id: node.instanceId,
    epoch_id: 1,
    peers: nodes
      .filter((other) => other !== node)
      .map(({ nodeId }) => ({ node_id: nodeId, epoch_id: 1, handshake_age_ms: handshakeAgeMs })),
  }) as AppliedMessage;
}
