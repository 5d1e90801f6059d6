import { describe, expect, it } from '@jest/globals';
import { AddressPolicy } from './address-policy.js';
import { checkEndpointUrl } from './check-endpoint-url.js';

const strict = { addresses: new AddressPolicy(), allowHttp: false };
const dev = { addresses: new AddressPolicy(['127.0.0.0/8', '::1/128']), allowHttp: true };

describe('checkEndpointUrl', () => {
  it.each([
    'https://example.com/hooks?x=1',
    'https://example.com:8443/',
    'https://example.com:443/',
    'https://8.8.8.8/',
    'https://bücher.example/',
  ])('takes %s', (url) => expect(checkEndpointUrl(url, strict)).toMatchObject({ ok: true }));

  it.each([
    ['http://example.com/', 'must begin with https://'],
    ['ftp://example.com/', 'begins with'],
    ['example.com', 'begins with'],
    ['https://user@example.com/', 'no user name'],
    ['https://user:pass@example.com/', 'no user name'],
    ['https://example.com:22/', 'port below'],
    ['https://example.com:25/', 'port below'],
    ['https://127.0.0.1/', 'inside address (127.0.0.1)'],
    ['https://2130706433/', 'inside address (127.0.0.1)'],
    ['https://0x7f000001/', 'inside address (127.0.0.1)'],
    ['https://0177.0.0.1/', 'inside address (127.0.0.1)'],
    ['https://127.1/', 'inside address (127.0.0.1)'],
    ['https://[::1]/', 'inside address (::1)'],
    ['https://[::ffff:127.0.0.1]/', 'inside address'],
    ['https://[::ffff:7f00:1]/', 'inside address'],
    ['https://[fd00::1]/', 'inside address'],
    ['https://169.254.169.254/latest/meta-data', 'inside address'],
    ['https://localhost/', 'inside name'],
    ['https://LOCALHOST./', 'inside name'],
    ['https://db/', 'inside name'],
    ['https://printer.local/', 'inside name'],
    ['https://metadata.google.internal/', 'inside name'],
    [`https://example.com/${'x'.repeat(2_048)}`, 'at most 2048'],
  ])('refuses %s', (url, words) => {
    const checked = checkEndpointUrl(url, strict);
    expect(checked.ok ? checked.url : checked.problem).toContain(words);
    expect(checked.ok).toBe(false);
  });

  it('takes http and loopback where it is configured, and still no other inside address', () => {
    expect(checkEndpointUrl('http://127.0.0.1:4000/x#part', dev)).toEqual({
      ok: true,
      url: 'http://127.0.0.1:4000/x',
    });
    expect(checkEndpointUrl('http://localhost:4000/', dev).ok).toBe(true);
    expect(checkEndpointUrl('http://10.0.0.1/', dev).ok).toBe(false);
  });

  it('takes nothing but text', () => {
    for (const value of [undefined, null, 7, {}]) expect(checkEndpointUrl(value, strict).ok).toBe(false);
  });
});
