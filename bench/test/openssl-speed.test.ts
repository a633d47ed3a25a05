// The output of openssl speed is read, or reported as unusable.

import { describe, expect, it } from 'vitest';
import { parseSpeed } from '../src/psk/openssl-speed.ts';

describe('the output of openssl speed -mr', () => {
  it('gives operations per second of CPU time', () => {
    const text =
      '+DT:hmac(sha256):1:93\n+R:1286237:hmac(sha256):0.460000\n+H:93\n+F:9:hmac(sha256):260043567.39\n';
    expect(parseSpeed(text)).toBeCloseTo(1_286_237 / 0.46);
  });

  it.each([
    [''],
    ['speed: Unknown algorithm hmac'],
    ['+R:10:hmac(sha256):0.000000'],
    ['+R:0:hmac(sha256):1.0'],
    ['+R:x:hmac(sha256):1.0'],
  ])('%j gives nothing', (text) => {
    expect(parseSpeed(text)).toBeUndefined();
  });
});
