// The test kit's nodes, with a controller in another process that is killed and started again.

import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocketFetch, createTlsFetch, fetchCaWithPin, type NodeFetch } from '@mesh/host';
import { type AdminClient, createAdminClient, createPublicClient } from '@mesh/protocol';
import { type ControllerProcess, runController, serveController, writeConfig } from './controller-process.ts';
import { type ConfigInput, keysFrom, type TestController, TestNode } from './index.ts';
import { enrolmentRequest } from './test-node.ts';

export class RemoteMesh {
  readonly directory: string;
  readonly configFile: string;
  process: ControllerProcess | undefined;
  readonly #socket: NodeFetch;
  readonly admin: AdminClient;

  /**
   * Makes the keys of a new mesh, unless `copyOf` is the folder of one that has some.
   * @param prepare gets the mesh's folder while it is empty
   */
  constructor(
    config: Partial<ConfigInput>,
    { copyOf, prepare }: { readonly copyOf?: string; prepare?(directory: string): void } = {},
  ) {
    this.directory = mkdtempSync(join(tmpdir(), 'mesh-kill-'));
    prepare?.(this.directory);
    if (copyOf !== undefined) cpSync(copyOf, this.directory, { recursive: true, filter: isCopied });
    this.configFile = writeConfig(this.directory, config);
    this.#socket = createSocketFetch(join(this.directory, 'data', 'admin.sock'));
    this.admin = createAdminClient({ baseUrl: 'http://localhost', fetch: this.#socket });
    if (copyOf !== undefined) return;
    const made = runController(['init', '--no-admin-key', '--config', this.configFile]);
    if (made.code !== 0) throw new Error(made.err);
  }

  get running(): ControllerProcess {
    if (this.process === undefined) throw new Error('it does not run');
    return this.process;
  }

  /**
   * @param under what runs the controller, for example strace, with its arguments
   * @param onSpawn gets the process before it is up
   * @throws Error if it ends before it is up
   */
  async start(under: readonly string[] = [], onSpawn?: (child: ChildProcess) => void): Promise<void> {
    this.process = undefined;
    this.process = await serveController(this.configFile, under, onSpawn);
  }

  /** The part of a controller that the test kit's nodes need. */
  get handle(): TestController {
    const mesh = this;
    return {
      nowMs: () => Date.now(),
      get nodesUrl() {
        return `https://127.0.0.1:${mesh.running.nodesPort}`;
      },
    } as TestController;
  }

  async enrol(nodeId: string): Promise<TestNode> {
    const { token } = await this.admin.createToken({});
    const baseUrl = `https://127.0.0.1:${this.running.publicPort}`;
    const tls = createTlsFetch({ ca: await fetchCaWithPin(baseUrl, [token.split('.')[3] ?? '']) });
    try {
      const open = createPublicClient({ baseUrl, fetch: tls });
      const request = await enrolmentRequest({ public: open } as TestController, nodeId, token);
      return new TestNode(this.handle, nodeId, {
        keys: keysFrom(nodeId),
        enrolment: await open.enrol(request),
      });
    } finally {
      tls.close();
    }
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.process?.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A socket cannot be copied. */
const isCopied = (path: string): boolean => !path.endsWith('.sock');
