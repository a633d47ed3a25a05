import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findReaches, pureSources } from '../check-purity.mjs';

const reaches = (text: string) => findReaches('example.ts', text).map(({ reach }) => reach);

describe('the purity check catches', () => {
  it.each([
    ['the clock', 'export const now = Date.now();', 'Date.now'],
    ['the clock as a default', 'export function age(now = Date.now) { return now(); }', 'Date.now'],
    ['the clock in an object', 'export const at = new Date();', 'new Date()'],
    ['the clock as text', 'export const at = Date();', 'Date()'],
    ['the monotonic clock', 'export const t = performance.now();', 'performance'],
    ['randomness', 'export const r = Math.random();', 'Math.random'],
    ['platform randomness', 'export const r = crypto.getRandomValues(new Uint8Array(1));', 'crypto'],
    ['library randomness', 'export const k = ed25519.utils.randomSecretKey();', 'randomSecretKey()'],
    ['a key without a seed', 'export const k = ml_dsa44.keygen();', 'keygen()'],
    ['a timer', 'setTimeout(() => {}, 1);', 'setTimeout'],
    ['a timer in a signal', 'export const s = AbortSignal.timeout(1);', 'AbortSignal.timeout'],
    ['the environment', 'export const home = process.env.HOME;', 'process'],
    ['the console', 'console.log(1);', 'console'],
    ['the network', 'export const get = () => fetch("x");', 'fetch'],
    ['the network as a default', 'export const get = (send = fetch) => send("x");', 'fetch'],
    ['the network in a shorthand', 'export const ports = { fetch };', 'fetch'],
    ['a detour by globalThis', 'export const r = globalThis["cry" + "pto"];', 'globalThis'],
    ['a Node-only global', 'export const b = Buffer.from("x");', 'Buffer'],
    ['its own location', 'export const here = import.meta.url;', 'import.meta'],
  ])('%s', (_, text, reach) => {
    expect(reaches(text)).toContain(reach);
  });

  it('a global in one function although another declares the name', () => {
    const text =
      'export function a(fetch: () => void) { fetch(); }\nexport function b() { return fetch("x"); }';
    expect(findReaches('example.ts', text)).toEqual([expect.objectContaining({ line: 2, reach: 'fetch' })]);
  });
});

describe('the purity check lets pass', () => {
  it.each([
    ['an injected fetch', 'export function client({ fetch }: { fetch: unknown }) { return fetch; }'],
    ['the type of a global', 'export function client(send: typeof fetch) { return send; }'],
    ['time that came as a value', 'export const at = (nowMs: number) => new Date(nowMs).toISOString();'],
    ['a property that is only called so', 'export const at = (run: { process: number }) => run.process;'],
    ['a key that is only called so', 'export const reason = { process: 1, performance: 2 };'],
    ['a key from a seed', 'export const key = (seed: Uint8Array) => ml_dsa44.keygen(seed);'],
    ['a word in a text', 'export const advice = "setTimeout(Date.now)";'],
  ])('%s', (_, text) => {
    expect(reaches(text)).toEqual([]);
  });
});

describe('the pure packages', () => {
  it('are all checked', () => {
    const files = pureSources();
    for (const name of ['primitives', 'psk', 'scoring', 'wg', 'protocol', 'audit', 'harness']) {
      expect(
        files.some((file) => file.endsWith(`packages/${name}/src/index.ts`)),
        name,
      ).toBe(true);
    }
    expect(files.some((file) => file.includes('packages/host/'))).toBe(false);
  });

  it('use nothing of the platform', () => {
    expect(pureSources().flatMap((file) => findReaches(file, readFileSync(file, 'utf8')))).toEqual([]);
  });
});
