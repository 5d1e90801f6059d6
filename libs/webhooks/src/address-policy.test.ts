import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddressPolicy } from './address-policy.js';

const INSIDE = [
  ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ...['169.254.169.254', '100.64.0.1', '192.0.2.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'],
  ...['fc00::1', 'fd12:3456::1', 'fe80::1', 'fec0::1', 'ff02::1', '2001:db8::1', '100::1', 'fe80::1%eth0'],
];
const OUTSIDE = ['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.167.0.1', '93.184.216.34', '2606:4700::1111'];

describe('AddressPolicy', () => {
  it.each(INSIDE)('refuses %s', (address) => expect(new AddressPolicy().allows(address)).toBe(false));
  it.each(OUTSIDE)('allows %s', (address) => expect(new AddressPolicy().allows(address)).toBe(true));

  it('refuses what is no address at all', () => {
    for (const text of ['', 'localhost', '127.1', '0x7f000001', '2130706433', '1.2.3.4.5']) {
      expect(new AddressPolicy().allows(text)).toBe(false);
    }
  });

  it('sees an inside IPv4 address behind its IPv6 form', () => {
    const policy = new AddressPolicy();
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(policy.allows(`::ffff:${address}`)).toBe(policy.allows(address));
      }),
    );
  });

  it('allows the inside networks that it is told of, and no others', () => {
    const policy = new AddressPolicy(['127.0.0.0/8', '::1/128', '10.20.0.0/16']);
    for (const address of ['127.0.0.1', '::1', '10.20.3.4']) expect(policy.allows(address)).toBe(true);
    for (const address of ['10.21.0.1', '192.168.0.1', '::2']) expect(policy.allows(address)).toBe(false);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '::1/129', 'x/8', '10.0.0.0/8/8', ''])(
    'does not take %j for a network',
    (text) => expect(() => new AddressPolicy([text])).toThrow('not a network'),
  );
});
