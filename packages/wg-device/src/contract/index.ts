// Public names of @mesh/wg-device/contract: the suite that every adapter of the tunnel port must pass, for
// Vitest.

export { describeTunnelContract, type TunnelBench } from './describe-contract.ts';
export { expectCode } from './expect-tunnel-error.ts';
export { everythingOf, findSecret } from './find-secret.ts';
export {
  makePeer,
  makePrivateKey,
  makePsk,
  makePublicKey,
  makeUp,
  NOTHING_CHANGED,
  peerOf,
} from './samples.ts';
