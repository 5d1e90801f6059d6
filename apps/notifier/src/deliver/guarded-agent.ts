import { type LookupAddress, promises as dns } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { AddressPolicy } from '@pacspace/webhooks';
import { Agent, buildConnector } from 'undici';

/** The addresses of a name; injected where a test plays a resolver that changes its mind. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** The name leads inside: refused before a byte is sent. */
export class RefusedAddressError extends Error {
  constructor(hostname: string, addresses: readonly string[]) {
    super(`${hostname} leads to an inside address (${addresses.join(', ')}): refused`);
    this.name = 'RefusedAddressError';
  }
}

export interface GuardOptions {
  readonly policy: AddressPolicy;
  readonly connectTimeoutMs: number;
  readonly resolve?: Resolve;
}

/**
 * Connections that are kept, and that go to allowed addresses only. The look-up is part of connecting: the addresses that
 * it answers are checked and are the very ones that the socket is then opened to, so that no second answer, however it
 * differs, can come in between. An address instead of a name is checked as it is; whatever the socket says in the end is
 * checked once more.
 */
export function guardedAgent({ policy, connectTimeoutMs, resolve = resolveName }: GuardOptions): Agent {
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    maxCachedSessions: 1_000,
    // Node takes it for sockets of either kind.
    lookup: guardedLookup(policy, resolve),
  });
  return new Agent({
    connect: (options, callback) => {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && !policy.allows(host)) {
        callback(new RefusedAddressError(host, [host]), null);
        return;
      }
      connect(options, (error, socket) => {
        if (error !== null) return callback(error, null);
        const { remoteAddress = '' } = socket;
        if (policy.allows(remoteAddress)) return callback(null, socket);
        socket.destroy();
        callback(new RefusedAddressError(host, [remoteAddress]), null);
      });
    },
    pipelining: 1,
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 120_000,
    maxHeaderSize: 16 * 1024,
  });
}

function guardedLookup(policy: AddressPolicy, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const allowed = found.filter(({ address }) => policy.allows(address));
        const [first] = allowed;
        if (first === undefined) {
          const addresses = found.map(({ address }) => address);
          callback(new RefusedAddressError(hostname, addresses), '');
        } else if (options.all === true) {
          callback(null, allowed);
        } else {
          callback(null, first.address, first.family);
        }
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };
}

const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });

/**
 * Over the network, without a thread: getaddrinfo has four of them for the whole process, and four names whose servers
 * do not answer would hold up everybody. It is asked for what DNS does not know: /etc/hosts, and what else the machine has.
 */
async function resolveName(hostname: string): Promise<readonly LookupAddress[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const found: LookupAddress[] = [];
  if (four.status === 'fulfilled') found.push(...four.value.map((address) => ({ address, family: 4 })));
  if (six.status === 'fulfilled') found.push(...six.value.map((address) => ({ address, family: 6 })));
  if (found.length > 0) return found;
  const { code } = ((four as PromiseRejectedResult).reason ?? {}) as { code?: string };
  if (code === 'ETIMEOUT' || code === 'ESERVFAIL')
    throw new Error(`${hostname} cannot be resolved (${code})`);
  return await dns.lookup(hostname, { all: true });
}
