import { createHash, randomBytes } from 'node:crypto';
import { platformX25519 } from '@mesh/host';
import { parseEpochId, parseMeshId } from '@mesh/primitives';
import { encodeKemPublicKey, generateKemKeyPair } from '@mesh/seal';
import { PskDeriver } from '../../apps/controller/src/epochs/psk-deriver.ts';
const d = new PskDeriver((e) => { throw e; });
const N = 1500, PEERS = 64;
const suite = 'mesh/seal/v1/x-wing';
const ends = Array.from({ length: PEERS + 1 }, (_, i) => ({ nodeId: `node-${i}`, publicKey: createHash('sha256').update(String(i)).digest('base64') }));
const keys = Array.from({ length: N }, () => encodeKemPublicKey({ suite, publicKey: generateKemKeyPair(suite, randomBytes(32), platformX25519).publicKey }));
let epoch = 0;
async function round(how: string) {
  epoch++;
  const epochId = parseEpochId(epoch);
  await d.open(parseMeshId('m'), epochId);
  if (how === 'prepared') { const t = performance.now(); await d.prepare(keys.map((kemPublicKey, i) => ({ nodeId: `n-${i}`, kemPublicKey }))); console.log('prepare each', (performance.now() - t) / N); }
  const turn = async () => { const c = process.cpuUsage(); const t = performance.now();
  const rs = await Promise.all(keys.map((kemPublicKey, i) => d.seal({ nodeId: `n-${i}`, kemPublicKey, version: `1.${i}`, next: { epochId, activateAt: '2026-01-01T00:00:00Z', self: { nodeId: `n-${i}`, publicKey: ends[0]!.publicKey }, peers: ends.slice(1) } })));
  const u = process.cpuUsage(c); return [(performance.now() - t) / N, (u.user + u.system) / 1000 / N, rs[0]!.origin, rs[0]!.sealed.length]; };
  console.log(how, await turn(), 'again', await turn());
  await d.closeBefore(parseEpochId(epoch + 1));
}
for (let i = 0; i < 2; i++) { await round('made'); await round('prepared'); }
await d.close();
