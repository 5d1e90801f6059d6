import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@pacspace/wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { findMember, type Member } from '../auth/session-store.js';
import type { Role } from '../store/entities.js';
import type { SessionCookie } from './session-cookie.js';

/** Who may use a route: everybody, whoever has the operator's token, or a member with this role or a higher one. */
export type Access = 'public' | 'operator' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Without it: `viewer` for GET, `admin` for the rest. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Set on every route that needs a role; null elsewhere. */
    member: Member | null;
  }
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, manager: 1, admin: 2, owner: 3 };

export function hasRole(member: Pick<Member, 'role'>, role: Role): boolean {
  return RANK[member.role] >= RANK[role];
}

/** The caller of a route that needs a role. @throws Error on another one: a bug, not a refusal. */
export function memberOf(request: FastifyRequest): Member {
  if (request.member === null) throw new Error('the route is open to everybody: it has no member');
  return request.member;
}

export interface AccessOptions {
  readonly store: DataSource;
  readonly cookie: SessionCookie;
  readonly publicUrl: string;
  readonly operatorToken: string | undefined;
}

/**
 * One hook in front of every route, before its body is read, and no route is open that does not say so.
 *
 * A browser sends cookies along with whatever another site makes it send. Three things must therefore be right on an
 * unsafe method: the Origin, when there is one, is ours; a cookie counts only beside a header that another site cannot
 * set without asking; and the cookie itself is SameSite.
 */
export function registerAccess(fastify: FastifyInstance, options: AccessOptions): void {
  fastify.decorateRequest('member', null);
  fastify.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    if (url === undefined || isOperationsRoute(url)) return;
    refuseNul(request);
    const access = accessOf(request);
    if (access === 'operator') return checkOperator(request, options.operatorToken);
    if (isUnsafe(request)) checkOrigin(request, options.publicUrl);
    if (access === 'public') return;
    const member = await identify(request, options);
    if (!hasRole(member, access)) {
      throw new ApiError('FORBIDDEN', `this needs the role ${access}; yours is ${member.role}`);
    }
    request.member = member;
  });
}

/** No id and no filter has one, and Postgres takes no text with it: here it is no fault of ours. */
function refuseNul({ raw }: FastifyRequest): void {
  const [path = '', query = ''] = (raw.url ?? '').split('?', 2);
  if (path.includes('%00')) throw new ApiError('NOT_FOUND', 'there is nothing at this address');
  if (query.includes('%00')) throw new ApiError('VALIDATION_FAILED', 'the query holds a NUL character');
}

function isOperationsRoute(url: string): boolean {
  return url.startsWith('/health') || url === '/metrics';
}

function isUnsafe({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

function accessOf(request: FastifyRequest): Access {
  return request.routeOptions.config.access ?? (isUnsafe(request) ? 'admin' : 'viewer');
}

async function identify(request: FastifyRequest, { store, cookie }: AccessOptions): Promise<Member> {
  const bearer = bearerOf(request);
  const token = bearer ?? cookie.read(request.headers.cookie);
  if (token === undefined || token === '') throw noSession();
  if (bearer === undefined && isUnsafe(request) && request.headers['x-pacspace-csrf'] !== '1') {
    throw new ApiError(
      'CSRF_REQUIRED',
      'a request that changes something needs the header X-Pacspace-CSRF: 1',
    );
  }
  const member = await findMember(store.manager, token, bearer === undefined ? 'cookie' : 'bearer');
  if (member === undefined) throw noSession();
  return member;
}

function noSession(): ApiError {
  return new ApiError('INVALID_API_KEY', 'there is no session, or it has ended: log in');
}

/** What can be sent as a bearer token (RFC 6750, 2.1), within reason. */
export const BEARER_TOKEN = /^[\w.~+/-]{16,199}=*$/;

function bearerOf(request: FastifyRequest): string | undefined {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return token !== undefined && BEARER_TOKEN.test(token) ? token : undefined;
}

/** A browser names the site that a request comes from; curl and servers do not. */
function checkOrigin(request: FastifyRequest, publicUrl: string): void {
  const { origin } = request.headers;
  if (origin === undefined) {
    if (request.headers['sec-fetch-site'] === 'cross-site') throw foreignOrigin();
    return;
  }
  if (origin === new URL(publicUrl).origin) return;
  // The same host that the request is for, by whichever name it is reached.
  if (URL.canParse(origin) && new URL(origin).host === request.host) return;
  throw foreignOrigin();
}

function foreignOrigin(): ApiError {
  return new ApiError('FORBIDDEN', 'the request comes from another site');
}

function checkOperator(request: FastifyRequest, expected: string | undefined): void {
  if (expected === undefined) {
    throw new ApiError('FORBIDDEN', 'the operator API is closed: start the console with OPERATOR_TOKEN');
  }
  const given = bearerOf(request) ?? '';
  if (!timingSafeEqual(digest(given), digest(expected))) {
    throw new ApiError('INVALID_API_KEY', 'send the operator token as a bearer token in Authorization');
  }
}

/** Of equal length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
