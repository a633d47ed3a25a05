// What the text of a message costs alone: JSON.parse, canonical JSON with its SHA-256, JSON.stringify.

import { hash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@mesh/primitives';
import { type Part, repeat } from './part.ts';

export const PARSE = 'JSON.parse';
export const CANONICAL = 'canonical JSON and SHA-256';
export const WRITE = 'JSON.stringify and SHA-256';

export function parseText(text: string, turnMs: number): Part {
  return { name: PARSE, run: async () => repeat(turnMs, () => JSON.parse(text)) };
}

export function canonicalText(text: string, turnMs: number): Part {
  const value = JSON.parse(text) as JsonValue;
  return { name: CANONICAL, run: async () => repeat(turnMs, () => hash('sha256', canonicalJson(value))) };
}

export function writeText(text: string, turnMs: number): Part {
  const value: unknown = JSON.parse(text);
  return { name: WRITE, run: async () => repeat(turnMs, () => hash('sha256', JSON.stringify(value))) };
}
