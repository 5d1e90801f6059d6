import { ApiError } from '@pacspace/wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';
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
 * One hook in front of every route under /api/v1/balance, before a byte of the body is read: who is not known cannot
 * make the gateway read.
 */
export function registerAuthentication(
  fastify: FastifyInstance,
  keys: KeyDirectory,
  keysTaken: 'both' | 'test' | 'live',
): void {
  fastify.decorateRequest('principal', null);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.url?.startsWith(GUARDED) !== true) return done();
    const admit = (principal: Principal): void => {
      if (keysTaken !== 'both' && principal.kind !== keysTaken) {
        throw new ApiError('API_KEY_ENVIRONMENT_HOST_MISMATCH', `this host takes ${keysTaken} keys only`);
      }
      const scope = scopeOf(request);
      if (!principal.scopes.has(scope)) {
        throw new ApiError('FORBIDDEN', `the key has no scope "${scope}"`);
      }
      request.principal = principal;
    };
    try {
      const header = request.headers['x-api-key'];
      const found = keys.authenticate(typeof header === 'string' ? header : undefined);
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

function scopeOf(request: FastifyRequest): Scope {
  const { config, method } = request.routeOptions;
  return config.scope ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'ingest');
}
