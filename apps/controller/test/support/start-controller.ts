// A controller in this process, with real files in a temporary folder, real sockets on free ports and, if a
// test wants it, a fake clock.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createLogger,
  createSocketFetch,
  createTlsFetch,
  type LogLevel,
  type NodeFetch,
  systemClock,
} from '@mesh/host';
import { type FakeClock, programFile } from '@mesh/host/test-kit';
import { defined } from '@mesh/primitives';
import {
  type AdminClient,
  type CreateTokenRequest,
  createAdminClient,
  createPublicClient,
  type PublicClient,
} from '@mesh/protocol';
import type * as z from 'zod';
import { type RunningController, startController } from '../../src/compose.ts';
import { initController } from '../../src/init.ts';
import type { ReadAgain } from '../../src/judge/adopt-policy.ts';
import { type ControllerConfig, controllerConfig } from '../../src/settings/config.ts';
import { pathsOf } from '../../src/settings/paths.ts';
import { openServedDatabase } from '../../src/store/open-store.ts';
import { countWaiting, type WaitingCounts } from './count-waiting.ts';
import { UNLIMITED } from './unlimited.ts';

const PSK_WORKER = pathToFileURL(
  programFile(fileURLToPath(new URL('../../src/keys/psk-worker.ts', import.meta.url))),
);

export type ConfigInput = z.input<typeof controllerConfig>;

export interface TestControllerOptions {
  readonly config?: Partial<ConfigInput>;
  /**
   * By default the real time. A fake clock must start near the real time, because TLS checks certificates by
   * the machine's clock.
   */
  readonly clock?: FakeClock;
  /** An existing data directory. By default a new one is made and removed at the end. */
  readonly directory?: string;
  readonly logLevel?: LogLevel;
  readonly pskWorker?: URL;
  /** Where the dashboard's files are; by default there are none. */
  readonly dashboardFolder?: string;
}

/** The configuration of a test: everything in one folder, free ports and no limits. */
export function testConfig(directory: string, config: Partial<ConfigInput> = {}): ControllerConfig {
  return controllerConfig.parse({
    mesh_id: 'testmesh',
    data_dir: join(directory, 'data'),
    master_key_file: join(directory, 'master.key'),
    public_names: ['127.0.0.1', 'localhost'],
    nodes: { host: '127.0.0.1', port: 0 },
    public: { host: '127.0.0.1', port: 0 },
    // A node that wants sealed keys sends a key: see `EnrolOptions.sealing`.
    insecure_unsealed_keys: true,
    limits: UNLIMITED,
    ...config,
  } satisfies ConfigInput);
}

/** What {@link RunningController.reload} gets, without the places that a file would have. */
export function readAgain(directory: string, config: Partial<ConfigInput>): ReadAgain {
  return {
    config: testConfig(directory, config),
    explain: ({ paths, message }) => `${paths[0]?.map(String).join('.')}: ${message}`,
  };
}

export class TestController {
  readonly directory: string;
  readonly config: ControllerConfig;
  readonly clock: FakeClock | undefined;
  readonly #options: TestControllerOptions;
  readonly logLines: string[] = [];
  readonly fatal: Error[] = [];
  caPin = '';
  #running: RunningController | undefined;
  #counts: () => WaitingCounts = () => ({ waiting: 0, begun: 0 });
  #db: ReturnType<typeof openServedDatabase> | undefined;
  #connections: NodeFetch[] = [];
  #admin: AdminClient | undefined;
  #public: PublicClient | undefined;

  constructor(options: TestControllerOptions) {
    this.#options = options;
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'mesh-controller-'));
    this.config = testConfig(this.directory, options.config);
    this.clock = options.clock;
  }

  get running(): RunningController {
    if (this.#running === undefined) throw new Error('the controller is not running');
    return this.#running;
  }
  /** Over the unix socket. */
  get admin(): AdminClient {
    if (this.#admin === undefined) throw new Error('the controller is not running');
    return this.#admin;
  }
  get public(): PublicClient {
    if (this.#public === undefined) throw new Error('the controller is not running');
    return this.#public;
  }
  get nodesUrl(): string {
    return `https://127.0.0.1:${this.running.nodesPort}`;
  }
  get publicUrl(): string {
    return `https://127.0.0.1:${this.running.publicPort}`;
  }
  get paths(): ReturnType<typeof pathsOf> {
    return pathsOf(this.config);
  }
  get caPem(): string {
    return this.running.services.keys.authority.certificatePem;
  }

  /** How many blocking queries wait for news. */
  waitingQueries(): number {
    return this.#counts().waiting;
  }
  /** How many config queries have begun to wait since this process started. */
  begunQueries(): number {
    return this.#counts().begun;
  }

  nowMs(): number {
    return (this.clock ?? systemClock).nowMs();
  }

  async start(): Promise<void> {
    const clock = this.clock ?? systemClock;
    // Init runs only once, because it needs a database that can be written.
    if (this.caPin === '') this.caPin = (await initController(this.config, clock)).caPin;
    const logger = createLogger({
      level: this.#options.logLevel ?? 'trace',
      destination: { write: (line) => void this.logLines.push(line) },
    });
    this.#running = await startController({
      config: this.config,
      logger,
      openDatabase: (config) => {
        this.#db = openServedDatabase(config);
        return this.#db;
      },
      pskWorker: this.#options.pskWorker ?? PSK_WORKER,
      ...defined({ dashboardFolder: this.#options.dashboardFolder }),
      onFatal: (error) => this.fatal.push(error),
      ...(this.clock === undefined ? {} : { clock: this.clock, timers: this.clock }),
    });
    this.#counts = countWaiting(this.#running.services.waiters);
    const socket = createSocketFetch(this.paths.socket);
    const tls = createTlsFetch({ ca: this.caPem });
    this.#connections = [socket, tls];
    this.#admin = createAdminClient({ baseUrl: 'http://localhost', fetch: socket });
    this.#public = createPublicClient({ baseUrl: this.publicUrl, fetch: tls });
  }

  /** The controller's own database connection. */
  get db(): ReturnType<typeof openServedDatabase> {
    if (this.#db === undefined) throw new Error('the controller is not running');
    return this.#db;
  }
  /**
   * Makes every write fail from now on, as on a disk that is full or mounted read-only, or lets writes
   * succeed again.
   */
  failWrites(fail: boolean): void {
    this.db.pragma(`query_only = ${fail ? 'ON' : 'OFF'}`);
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    this.#connections = [];
    const running = this.#running;
    this.#running = undefined;
    await running?.close();
  }

  /** Stops and starts again on the same files. Nodes have to `reconnect`. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async token(request: CreateTokenRequest = {}): Promise<string> {
    return (await this.admin.createToken(request)).token;
  }

  async close(): Promise<void> {
    await this.stop();
    if (this.#options.directory === undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Initialises and starts a controller. `await using` closes it and removes its files. */
export async function startTestController(options: TestControllerOptions = {}): Promise<TestController> {
  const controller = new TestController(options);
  try {
    await controller.start();
  } catch (error) {
    await controller.close();
    throw error;
  }
  return controller;
}
