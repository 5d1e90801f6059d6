import { count, declareRoute, time } from '@pacspace/openapi';
import { z } from 'zod';
import { accessRequestBody } from '../access/request-access.js';
import { tokenField } from '../http/fields.js';
import { roleField } from '../members/members.js';
import { loginBody } from './log-in.js';
import { registerBody } from './register.js';
import { resetBody, resetRequestBody } from './reset-password.js';

const TAG = 'Accounts';
const email = z.email().meta({ description: 'In lower case.' });
const tenantId = z.string().meta({ description: 'The tenant that the account belongs to.' });
const sessionId = z.string().meta({ description: 'The session; not what it is held with.' });
const json = (schema: z.ZodType) => ({ content: { 'application/json': schema } });

/** What every route with a body may refuse it for. */
const BODY = ['VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;
/** And a browser's request that comes from another site. */
const PUBLIC = [...BODY, 'FORBIDDEN'] as const;

const requestAccessRoute = declareRoute({
  method: 'post',
  path: '/dashboard/auth/request-access',
  operationId: 'requestAccess',
  tag: TAG,
  summary: 'Ask for an account',
  description: 'The answer is the same whether or not the address is known. An operator decides.',
  access: 'anybody',
  body: json(accessRequestBody.meta({ id: 'AccessRequest' })),
  answers: { 201: { description: 'Received', data: z.object({ state: z.literal('received') }) } },
  refusals: PUBLIC,
  example: {
    body: {
      name: 'Jane Doe',
      email: 'you@example.com',
      organization: 'Acme Inc',
      buyerMode: 'DIRECT_INFERENCE_VENDOR',
      useCase: 'Record usage before invoices go out.',
    },
  },
});

const registerRoute = declareRoute({
  method: 'post',
  path: '/dashboard/auth/register',
  operationId: 'register',
  tag: TAG,
  summary: 'Make an account',
  description:
    'With the single-use token of the approval, or of an invitation; where access is open, without one. A mail with a link to verify the address follows. The answer is the same whether or not the address has an account.',
  access: 'anybody',
  body: json(registerBody.meta({ id: 'Registration' })),
  answers: {
    201: {
      description: 'Registered',
      data: z.object({ email, state: z.literal('verification-sent') }),
    },
  },
  refusals: [...PUBLIC, 'REGISTRATION_REQUIRES_APPROVAL'],
  example: {
    body: {
      name: 'Jane Doe',
      email: 'you@example.com',
      password: 'your-secure-password',
      organization: 'Acme Inc',
      buyerMode: 'DIRECT_INFERENCE_VENDOR',
    },
  },
});

const verifyRoute = declareRoute({
  method: 'get',
  path: '/dashboard/auth/verify',
  operationId: 'verifyEmail',
  tag: TAG,
  summary: 'Verify an e-mail address',
  description: 'The link of the mail; once.',
  access: 'anybody',
  query: z.object({ token: tokenField() }),
  answers: { 200: { description: 'Verified', data: z.object({ email, verified: z.literal(true) }) } },
  refusals: ['VALIDATION_FAILED', 'TOKEN_INVALID'],
});

const loginRoute = declareRoute({
  method: 'post',
  path: '/dashboard/auth/login',
  operationId: 'logIn',
  tag: TAG,
  summary: 'Begin a session',
  description:
    'Sets an httpOnly cookie; with `session: "bearer"` the token comes in the answer instead. Wrong passwords are slowed down by account and by address.',
  access: 'anybody',
  body: json(loginBody.meta({ id: 'Login' })),
  answers: {
    201: {
      description: 'Logged in',
      headers: z.object({ 'Set-Cookie': z.string().optional().meta({ description: 'The session.' }) }),
      data: z.object({
        account: z.object({ id: z.string(), email, name: z.string(), role: roleField(), tenantId }),
        session: z.object({
          id: sessionId,
          expiresAt: time('When it ends, whatever is done with it.'),
          token: z.string().optional().meta({ description: 'Of a bearer session, shown once.' }),
        }),
      }),
    },
  },
  refusals: [...PUBLIC, 'INVALID_CREDENTIALS', 'EMAIL_NOT_VERIFIED'],
  example: { body: { email: 'you@example.com', password: 'your-secure-password' } },
});

const meRoute = declareRoute({
  method: 'get',
  path: '/dashboard/auth/me',
  operationId: 'getMe',
  tag: TAG,
  summary: 'Who is logged in',
  access: 'session',
  answers: {
    200: {
      description: 'The account',
      data: z.object({
        id: z.string(),
        email,
        name: z.string(),
        role: roleField(),
        tenantId,
        organization: z.string(),
        plan: z.string(),
        sessionId,
      }),
    },
  },
  example: {},
});

const sessionsRoute = declareRoute({
  method: 'get',
  path: '/dashboard/auth/sessions',
  operationId: 'listSessions',
  tag: TAG,
  summary: 'The account’s sessions',
  access: 'session',
  answers: {
    200: {
      description: 'The one that was used last first',
      data: z.object({
        items: z.array(
          z
            .object({
              id: sessionId,
              kind: z.enum(['cookie', 'bearer']),
              address: z.string().meta({ description: 'Where it was begun from.' }),
              userAgent: z.string(),
              createdAt: time('When it was begun.'),
              lastSeenAt: time('When it was last used, to the minute.'),
              expiresAt: time('When it ends.'),
              current: z.boolean().meta({ description: 'The one that asks.' }),
            })
            .meta({ id: 'Session' }),
        ),
        total: count('Sessions in all.'),
      }),
    },
  },
  example: {},
});

const ended = z.object({ ended: count('Sessions that were ended.') });

const endOthersRoute = declareRoute({
  method: 'delete',
  path: '/dashboard/auth/sessions',
  operationId: 'endOtherSessions',
  tag: TAG,
  summary: 'End all sessions but the one that asks',
  access: 'session',
  answers: { 200: { description: 'Ended', data: ended } },
  example: {},
});

const endRoute = declareRoute({
  method: 'delete',
  path: '/dashboard/auth/sessions/{id}',
  operationId: 'endSession',
  tag: TAG,
  summary: 'End one session',
  access: 'session',
  params: z.object({ id: sessionId }),
  answers: { 200: { description: 'Ended', data: ended } },
  refusals: ['NOT_FOUND'],
});

const resetRequestRoute = declareRoute({
  method: 'post',
  path: '/dashboard/auth/password/reset-request',
  operationId: 'requestPasswordReset',
  tag: TAG,
  summary: 'Ask for a mail with which to set a new password',
  description: 'The answer is the same whether or not the address has an account.',
  access: 'anybody',
  body: json(resetRequestBody.meta({ id: 'PasswordResetRequest' })),
  answers: { 201: { description: 'Received', data: z.object({ state: z.literal('received') }) } },
  refusals: PUBLIC,
  example: { body: { email: 'you@example.com' } },
});

const resetRoute = declareRoute({
  method: 'post',
  path: '/dashboard/auth/password/reset',
  operationId: 'resetPassword',
  tag: TAG,
  summary: 'Set a new password',
  description: 'With the token of the mail, once. All sessions of the account end.',
  access: 'anybody',
  body: json(resetBody.meta({ id: 'PasswordReset' })),
  answers: { 201: { description: 'Set', data: z.object({ state: z.literal('changed') }) } },
  refusals: [...PUBLIC, 'TOKEN_INVALID'],
});

export const logoutRoute = declareRoute({
  method: 'post',
  path: '/dashboard/auth/logout',
  operationId: 'logOut',
  tag: TAG,
  summary: 'End the session',
  access: 'session',
  answers: { 201: { description: 'Ended', data: z.object({ loggedOut: z.literal(true) }) } },
  example: {},
});

export const authRoutes = [
  requestAccessRoute,
  registerRoute,
  verifyRoute,
  loginRoute,
  meRoute,
  sessionsRoute,
  endOthersRoute,
  endRoute,
  resetRequestRoute,
  resetRoute,
];
