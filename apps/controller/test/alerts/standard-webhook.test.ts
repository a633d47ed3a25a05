// Signatures of webhooks, as Standard Webhooks 1.0.0 has them.

import { describe, expect, it } from 'vitest';
import { parseWebhookSecret, webhookHeaders } from '../../src/alerts/standard-webhook.ts';

const base64 = (length: number): string => Buffer.alloc(length, 7).toString('base64');

it('the reference vector of the libraries of Standard Webhooks comes out', () => {
  const key = parseWebhookSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n');
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  expect(webhookHeaders(message, key)).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('secrets of 24 to 64 bytes are taken', () => {
  for (const length of [24, 64]) expect(parseWebhookSecret(`whsec_${base64(length)}`)).toHaveLength(length);
});

describe('refused, and not repeated:', () => {
  it.each([
    ['nothing', ''],
    ['no prefix', base64(32)],
    ['the prefix of another kind', `whsk_${base64(32)}`],
    ['23 bytes', `whsec_${base64(23)}`],
    ['65 bytes', `whsec_${base64(65)}`],
    ['no base64', `whsec_${'?'.repeat(44)}`],
  ])('%s', (_, text) => {
    expect(() => parseWebhookSecret(text)).toThrow('openssl rand -base64 32');
    if (text !== '') expect(() => parseWebhookSecret(text)).not.toThrow(text.slice(6));
  });
});
