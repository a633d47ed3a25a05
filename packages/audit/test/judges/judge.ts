import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeBase64 } from '@mesh/primitives';
import { ensureGo } from '../../../../scripts/ensure-go.mjs';
import { capture } from '../../../../scripts/lib/child-process.mjs';

const source = join(import.meta.dirname, 'judge.go');

/** One question to the program. Bytes are base64, as Go reads them. */
export interface Case {
  readonly op:
    | 'open'
    | 'sign'
    | 'format'
    | 'parse'
    | 'check-inclusion'
    | 'check-consistency'
    | 'proofs'
    | 'tiles';
  readonly [field: string]: string | number | readonly string[];
}

export interface Result {
  readonly error?: string;
  readonly text?: string;
  readonly note?: string;
  readonly key?: string;
  readonly size: number;
  readonly root?: string;
  readonly roots?: readonly string[];
  readonly tiles?: Readonly<Record<string, string>>;
  /** Null where a proof has no hashes. */
  readonly paths?: Readonly<Record<string, readonly string[] | null>>;
}

/** Asks the judge all of them in one run. */
export type Judge = (cases: readonly Case[]) => Result[];

/**
 * Builds the program with Go from Debian's packages, which are unpacked into a cache folder if they are not
 * here. A program that was built from the same source is used again.
 *
 * @throws Error if there is no Go and none can be had
 */
export function buildJudge(): Judge {
  const go = ensureGo({ log: (line) => process.stderr.write(`[judge] ${line}\n`) });
  if (go.missing !== undefined) throw new Error(go.missing);
  const digest = createHash('sha256').update(readFileSync(source)).update(go.go).digest('hex');
  const program = join(dirname(go.env.GOCACHE as string), 'judges', digest.slice(0, 16));
  if (!existsSync(program)) {
    mkdirSync(dirname(program), { recursive: true });
    const unfinished = `${program}.${process.pid}`;
    const { code, stderr } = capture(go.go, ['build', '-o', unfinished, source], { env: go.env });
    if (code !== 0) throw new Error(`go build failed: ${stderr}`);
    renameSync(unfinished, program);
  }
  return (cases) => {
    const run = spawnSync(program, { input: JSON.stringify(cases), encoding: 'utf8', maxBuffer: 2 ** 26 });
    if (run.status !== 0) throw new Error(`the judge ended with ${run.status}: ${run.stderr}`);
    const results = JSON.parse(run.stdout) as Result[];
    if (results.length !== cases.length) throw new Error('the judge did not answer every case');
    return results;
  };
}

export const base64 = (hashes: readonly Uint8Array[]): string[] => hashes.map((hash) => encodeBase64(hash));
