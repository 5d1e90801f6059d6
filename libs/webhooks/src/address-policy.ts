import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * Addresses that are nobody's on the public Internet, or are another one in disguise: the IANA special-purpose
 * registries (RFC 6890), multicast, and the forms in which IPv6 carries IPv4 (of which only the mapped one is unpacked
 * by BlockList itself; the others have no business here).
 */
const INSIDE: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const kindOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');

/** Which addresses a request may go to: public ones, and inside ones that the operator names. */
export class AddressPolicy {
  private readonly inside = new BlockList();
  private readonly allowed = new BlockList();

  /** @param allowed networks such as `10.1.0.0/16` or `::1/128`. @throws Error for what is none. */
  constructor(allowed: readonly string[] = []) {
    for (const [network, prefix] of INSIDE) this.inside.addSubnet(network, prefix, kindOf(network));
    for (const text of allowed) {
      const [network = '', prefix = '', ...more] = text.split('/');
      const most = isIPv4(network) ? 32 : 128;
      if (isIP(network) === 0 || more.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > most) {
        throw new Error(`not a network such as 10.1.0.0/16: ${JSON.stringify(text)}`);
      }
      this.allowed.addSubnet(network, Number(prefix), kindOf(network));
    }
  }

  /** Whether a connection to this address, as text, may be made. */
  allows(address: string): boolean {
    // A zone (fe80::1%eth0) only makes sense inside.
    if (isIP(address) === 0 || address.includes('%')) return false;
    const kind = kindOf(address);
    return this.allowed.check(address, kind) || !this.inside.check(address, kind);
  }
}
