// Keeps what the controller has told this node, after it was applied: nothing waits for it.

import { LogField, type Logger, platformSha256 } from '@mesh/host';
import { defined, encodeBase64, toHex } from '@mesh/primitives';
import { answerDigest, isRemovalNotice, unsignedText } from '@mesh/protocol';
import type { Received } from './read-answer.ts';
import type { ToldFile } from './told-file.ts';

/** Longer bodies are not kept. */
const LONGEST_BODY = 65_536;

export interface ToldKeeperPorts {
  readonly file: Pick<ToldFile, 'keep'>;
  readonly logger: Logger;
}

export class ToldKeeper {
  readonly #ports: ToldKeeperPorts;

  constructor(ports: ToldKeeperPorts) {
    this.#ports = ports;
  }

  /** @param signedBy the key that has signed the answer */
  note(received: Received, signedBy: Uint8Array): void {
    // Behind everything that the answer changes on this node.
    setImmediate(() => {
      this.#ports.file.keep(keptOf(received, signedBy)).catch((error: unknown) => {
        this.#ports.logger.warn(
          { [LogField.error]: error },
          'what the controller has told this node could not be stored',
        );
      });
    });
  }
}

function keptOf({ body, raw }: Received, signedBy: Uint8Array): Parameters<ToldFile['keep']>[0] {
  const kind = isRemovalNotice(body) ? 'removal_notice' : 'config';
  const { version, epoch_id, server_time_ms, signature } = body;
  return {
    ...{ kind, version, epoch_id, server_time_ms, signature },
    sha256: toHex(answerDigest(kind, raw, platformSha256)),
    signed_by: encodeBase64(signedBy),
    ...(isRemovalNotice(body) ? {} : defined({ allowed: body.allowed, batch: body.batch })),
    ...defined({ body: bodyOf(body, raw) }),
  };
}

/** The text of an answer without keys. */
function bodyOf(body: Received['body'], raw: object): string | undefined {
  if (!isRemovalNotice(body) && (body.keys !== undefined || body.batch !== undefined)) return undefined;
  const text = unsignedText(raw);
  return text.length > LONGEST_BODY ? undefined : text;
}
