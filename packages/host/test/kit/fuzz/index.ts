// What the fuzzes of the programs' doors have in common: `@mesh/host/fuzz-kit`. Not published.

export { hasLongHead, NODES_OWN } from './nodes-own-answers.ts';
export { type Body, type Edit, edit, edited, oddValue } from './odd-values.ts';
export { type RawAnswer, RawConnection } from './raw-connection.ts';
export { RAW_HEADS } from './raw-heads.ts';
export { type RawRequest, rawRequest } from './raw-requests.ts';
export { jsonRequest, type RequestParts, requestBytes } from './request-text.ts';
export { type TextTwist, textTwists, twisted } from './text-twists.ts';
