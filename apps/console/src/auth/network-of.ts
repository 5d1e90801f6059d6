import { isIPv6 } from 'node:net';

/**
 * What of an address one party has to itself: of IPv6 the /64, which anybody with a line has whole (RFC 6177), so that
 * attempts from all over it are one party's.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [left = [], right] = (address.split('%', 1)[0] ?? '')
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const zeros = new Array<string>(right === undefined ? 0 : 8 - left.length - right.length).fill('0');
  const groups = [...left, ...zeros, ...(right ?? [])].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
