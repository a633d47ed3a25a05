// Holds every mesh of the lab to this: no secret of it is in a file, a log, an argument, an environment or
// the metrics, except where it belongs. Most secrets are known when the mesh is up; tokens and API keys are
// noted as they are made, and preshared keys in each epoch. They are looked for when it stops.

import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createSocketFetch } from '@mesh/host';
import { routes } from '@mesh/protocol';
import { LabError } from '../lab-error.ts';
import { type Finding, filesIn, findSpelled, type KnownSecret, type Place } from './find-spelled.ts';
import { nodeKeys, type RootOf, secretsOfMesh } from './mesh-secrets.ts';
import { presharedKeysOf } from './preshared-keys.ts';
import { processesBelow, processOf, processPlaces } from './running-processes.ts';

const METRICS_WITHIN_MS = 3_000;

export class MeshLeaks {
  readonly #workDir: string;
  readonly #nodes: readonly string[];
  readonly #rootOf: RootOf;
  readonly #secrets: KnownSecret[];
  /** What was seen while the mesh ran. */
  readonly #places: Place[] = [];
  /** By their bytes, because they are seen again and again. */
  readonly #presharedKeys = new Map<string, KnownSecret>();
  readonly #timer: NodeJS.Timeout;

  /**
   * Of a mesh that is up; from here on it notes preshared keys, until {@link look}.
   *
   * @param epochMs how long the mesh's epochs are
   */
  constructor(workDir: string, nodes: readonly string[], rootOf: RootOf, epochMs: number) {
    this.#workDir = workDir;
    this.#nodes = nodes;
    this.#rootOf = rootOf;
    this.#secrets = secretsOfMesh(workDir, nodes, rootOf);
    this.#timer = setInterval(() => void this.#notePresharedKeys(), epochMs).unref();
  }

  /** Adds what somebody was shown, such as a token. */
  note(secrets: readonly KnownSecret[]): void {
    this.#secrets.push(...secrets);
  }

  /**
   * Sees what is gone when the mesh has stopped.
   *
   * @param pids of the programs
   */
  async look(pids: readonly number[]): Promise<void> {
    clearInterval(this.#timer);
    await this.#notePresharedKeys();
    this.#secrets.push(...this.#presharedKeys.values());
    // A node may have replaced its keys meanwhile.
    this.#secrets.push(...this.#nodes.flatMap((node) => this.#keysNow(node)));
    this.#places.push(...processPlaces([...pids.map(processOf), ...processesBelow(pids)]));
    this.#places.push(...(await this.#metrics()));
  }

  /** What is where it does not belong. Reads every file of the mesh. */
  find(): Finding[] {
    const homes = new Map(this.#secrets.map(({ name, home }) => [name, home]));
    return findSpelled(this.#secrets, [...filesIn(this.#workDir), ...this.#places]).filter(
      ({ secret, place, kind }) => kind !== 'file' || !isHome(homes.get(secret), place),
    );
  }

  /** @throws LabError `leaked`, with every place; the secrets themselves are not named */
  refuse(): void {
    const found = this.find();
    if (found.length === 0) return;
    const places = found.map(({ secret, place, kind }) => `${secret} in ${place} (${kind})`);
    throw new LabError('leaked', `secrets are where they do not belong: ${[...new Set(places)].join('; ')}`);
  }

  async #notePresharedKeys(): Promise<void> {
    for (const node of this.#nodes)
      for (const key of await presharedKeysOf(this.#rootOf(node)))
        this.#presharedKeys.set(Buffer.from(key.bytes).toString('hex'), key);
  }

  #keysNow(node: string): KnownSecret[] {
    const workDir = join(this.#rootOf(node), this.#workDir);
    return readdirSync(join(workDir, node, 'state')).includes('keys') ? nodeKeys(workDir, node) : [];
  }

  /** Nothing, if the controller is down or hangs: then it has said nothing either. */
  async #metrics(): Promise<Place[]> {
    const fetch = createSocketFetch(join(this.#workDir, 'controller', 'admin.sock'), { maxSockets: 1 });
    try {
      const answer = await fetch(`http://controller${routes.metrics}`, {
        signal: AbortSignal.timeout(METRICS_WITHIN_MS),
      });
      return [{ name: 'metrics', kind: 'response', content: Buffer.from(await answer.text()) }];
    } catch {
      return [];
    } finally {
      fetch.close();
    }
  }
}

/**
 * Some tests put a node's state into another folder, and a key that is being replaced has a file beside it.
 */
const isHome = (home: string | undefined, place: string): boolean =>
  home !== undefined && [basename(home), `${basename(home)}.next`].includes(basename(place));
