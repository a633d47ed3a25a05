// A node that follows the keys that configs are signed with, by the rules by which agents do.

import { decodeBase64, encodeBase64, parseMeshId } from '@mesh/primitives';
import {
  type ConfigKeyTrust,
  type ConfigOrNotice,
  checkConfigSignature,
  listMadeAtMs,
  trustKey,
  trustList,
} from '@mesh/protocol';
import type { TestNode } from './index.ts';

interface Answer {
  readonly body: ConfigOrNotice;
  readonly raw: object;
}

export class ConfigKeyReader {
  readonly node: TestNode;
  trust: ConfigKeyTrust;

  constructor(node: TestNode) {
    const { config_key_list: list, config_public_key: key } = node.enrolment;
    this.node = node;
    this.trust = list === undefined ? trustKey(decodeBase64(key)) : trustList(list);
  }

  /** Asks as an agent that has stored what it trusts. */
  ask(query: { version?: string; waitSeconds?: number } = {}): Promise<Answer | undefined> {
    const { client, instanceId } = this.node;
    return client.configOrNotice({ instanceId, configKeyListMs: listMadeAtMs(this.trust), ...query });
  }

  /**
   * Checks an answer and takes over the keys that it leads to.
   * @returns the key that has signed it, base64; undefined if it is not to be trusted
   */
  take(answer: Answer): string | undefined {
    const checked = checkConfigSignature(this.trust, answer, parseMeshId('testmesh'));
    if (checked === undefined) return undefined;
    this.trust = checked.trust;
    return encodeBase64(checked.signedBy);
  }

  /** Asks for the whole config and takes it. @returns the key that has signed it */
  async read(): Promise<string | undefined> {
    const answer = await this.ask();
    if (answer === undefined) throw new Error('a config was to come');
    return this.take(answer);
  }
}
