import { ApiError } from '@pacspace/wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { chargeRequest } from '../rate/charge-request.js';
import type { RateLimits } from '../rate/rate-limits.js';
import type { KeyDirectory } from './key-directory.js';
import type { Principal, Scope } from './principal.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route; without it `read` for GET and `ingest` for the rest. */
    scope?: Scope;
  }
}

/** Routes for keys. Matched against the route's own pattern: the path of the request may be escaped in many ways. */
const GUARDED = '/api/v1/balance/';

/**
 * One hook in front of every route under /api/v1/balance, before a byte of the body is read: who is not known, or has
 * sent too much, cannot make the gateway read.
 */
export function registerAuthentication(
  fastify: FastifyInstance,
  { keys, rates }: { readonly keys: KeyDirectory; readonly rates: RateLimits },
  keysTaken: 'both' | 'test' | 'live',
): void {
  fastify.decorateRequest('principal', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    // Read once: Fastify makes the object anew each time.
    const route = request.routeOptions;
    if (route.url?.startsWith(GUARDED) !== true) return done();
    const admit = (principal: Principal): void => {
      if (keysTaken !== 'both' && principal.kind !== keysTaken) {
        throw new ApiError('API_KEY_ENVIRONMENT_HOST_MISMATCH', `this host takes ${keysTaken} keys only`);
      }
      const scope = scopeOf(route);
      if (!principal.scopes.has(scope)) {
        throw new ApiError('FORBIDDEN', `the key has no scope "${scope}"`);
      }
      request.principal = principal;
      chargeRequest(rates, principal, { cost: 1, reply });
    };
    try {
      const found = keys.authenticate(keyOf(request));
      if (found instanceof Promise) {
        found.then(admit).then(() => done(), done);
        return;
      }
      admit(found);
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
}

function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-api-key'];
  return typeof header === 'string' ? header : undefined;
}

/** For what goes on for long: throws once the request's key is no longer good. @throws ApiError INVALID_API_KEY */
export async function checkStillGood(keys: KeyDirectory, request: FastifyRequest): Promise<void> {
  await keys.authenticate(keyOf(request));
}

function scopeOf({ config, method }: FastifyRequest['routeOptions']): Scope {
  return config.scope ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'ingest');
}
