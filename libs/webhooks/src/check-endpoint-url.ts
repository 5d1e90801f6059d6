import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.js';

export interface UrlPolicy {
  readonly addresses: AddressPolicy;
  /** http is taken, too: for trying out alone. */
  readonly allowHttp: boolean;
}

export type CheckedUrl =
  { readonly ok: true; readonly url: string } | { readonly ok: false; readonly problem: string };

const MAX_LENGTH = 2_048;

/** Below 1024 are other services' ports, which must not be spoken to in HTTP by a stranger's wish. */
const LOWEST_FREE_PORT = 1_024;
const WEB_PORTS = new Set(['', '80', '443']);

/**
 * Whether events may be sent to a URL, as far as its text tells; the address that its name stands for is looked at when
 * a connection is made, each time. Decimal, octal and hexadecimal forms of an IPv4 address are unpacked by the URL
 * parser, as they would be by whoever connects.
 */
export function checkEndpointUrl(text: unknown, policy: UrlPolicy): CheckedUrl {
  const problem = (message: string): CheckedUrl => ({ ok: false, problem: message });
  const schemes = policy.allowHttp ? 'https:// or http://' : 'https://';
  if (typeof text !== 'string' || text.length > MAX_LENGTH) {
    return problem(`must be a URL of at most ${MAX_LENGTH} characters`);
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return problem(`must be a URL that begins with ${schemes}`);
  if (url.protocol === 'http:' && !policy.allowHttp) return problem('must begin with https://');
  if (url.username !== '' || url.password !== '') {
    return problem('must hold no user name and no password: the signature says who sends');
  }
  if (!WEB_PORTS.has(url.port) && Number(url.port) < LOWEST_FREE_PORT) {
    return problem(`must not name a port below ${LOWEST_FREE_PORT} other than 80 and 443`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    if (!policy.addresses.allows(host)) return problem(`must not lead to an inside address (${host})`);
  } else if (isInsideName(host) && !policy.addresses.allows('127.0.0.1')) {
    return problem('must not lead to an inside name');
  }
  url.hash = '';
  return { ok: true, url: url.href };
}

/** Names that no public resolver answers for (RFC 6761, RFC 6762, ICANN's internal). */
function isInsideName(host: string): boolean {
  const name = host.replace(/\.$/, '');
  return !name.includes('.') || /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/i.test(name);
}
