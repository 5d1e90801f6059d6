import { count, declareRoute, time } from '@pacspace/openapi';
import { z } from 'zod';
import { listQuery } from './api-keys.controller.js';
import { changeKeyBody, createKeyBody, rotateKeyBody } from './api-keys.js';

const TAG = 'Keys';
const BODY = ['VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;
const params = z.object({ id: z.string().meta({ description: 'Of the key; not the key.' }) });

const members = {
  id: z.string(),
  name: z.string(),
  environment: z.enum(['test', 'live']),
  publicKey: z
    .string()
    .regex(/^pk_(test|live)_[0-9A-Za-z]+$/)
    .meta({ description: 'The part before the dot: it may be shown.' }),
  active: z.boolean(),
  scopes: z.array(z.enum(['ingest', 'read', 'admin'])),
  createdAt: time('When this secret was made.'),
  lastUsedAt: time('When it was last used, to the minute or so.').nullable(),
  expiresAt: time('When it ends.').nullable(),
  replacedBy: z
    .string()
    .nullable()
    .meta({ description: 'Of a secret that was rotated out and still runs: the key that it was of.' }),
};
const key = z.object(members).meta({ id: 'ApiKey' });
const secretMembers = {
  secretKey: z.string().meta({ description: 'The part after the dot; shown this once.' }),
  fullKey: z.string().meta({ description: 'What goes into X-Api-Key; shown this once.' }),
};

const createRoute = declareRoute({
  method: 'post',
  path: '/dashboard/api-keys',
  operationId: 'createApiKey',
  tag: TAG,
  summary: 'Make a key',
  description: 'Needs the role manager; for the scope admin, the role admin.',
  access: 'session',
  body: { content: { 'application/json': createKeyBody.meta({ id: 'NewApiKey' }) } },
  answers: {
    201: {
      description: 'The key, with its secret',
      data: z.object({ ...members, ...secretMembers }).meta({ id: 'ApiKeyWithSecret' }),
      links: {
        key: { operationId: 'getApiKey', parameters: { id: '$response.body#/data/id' } },
      },
    },
  },
  refusals: [...BODY, 'ENVIRONMENT_NOT_READY', 'LIMIT_REACHED'],
  example: { body: { name: 'quickstart-key' } },
});

const listRoute = declareRoute({
  method: 'get',
  path: '/dashboard/api-keys',
  operationId: 'listApiKeys',
  tag: TAG,
  summary: 'The keys, the latest first',
  access: 'session',
  query: listQuery,
  answers: {
    200: {
      description: 'One page; never a secret',
      data: z.object({
        items: z.array(key),
        total: count('Keys in all.'),
        page: count('Which page this is, from 1.'),
        limit: count('Keys on a page.'),
      }),
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: { query: { page: '1', limit: '25' } },
});

const getRoute = declareRoute({
  method: 'get',
  path: '/dashboard/api-keys/{id}',
  operationId: 'getApiKey',
  tag: TAG,
  summary: 'One key',
  access: 'session',
  params,
  answers: { 200: { description: 'The key', data: key } },
  refusals: ['NOT_FOUND'],
});

const changeRoute = declareRoute({
  method: 'patch',
  path: '/dashboard/api-keys/{id}',
  operationId: 'changeApiKey',
  tag: TAG,
  summary: 'Switch a key on or off, rename it, change its scopes or its end',
  description: 'In force everywhere within a second.',
  access: 'session',
  params,
  body: { content: { 'application/json': changeKeyBody.meta({ id: 'ApiKeyChange' }) } },
  answers: { 200: { description: 'The key as it is now', data: key } },
  refusals: [...BODY, 'NOT_FOUND'],
});

const rotateRoute = declareRoute({
  method: 'post',
  path: '/dashboard/api-keys/{id}/rotate',
  operationId: 'rotateApiKey',
  tag: TAG,
  summary: 'Give a key a new secret',
  description: 'The former one goes on beside it for the overlap.',
  access: 'session',
  params,
  body: { required: false, content: { 'application/json': rotateKeyBody.meta({ id: 'ApiKeyRotation' }) } },
  answers: {
    201: {
      description: 'The key, with its new secret',
      data: z.object({
        ...members,
        ...secretMembers,
        formerExpiresAt: time('When the former secret ends; null: it has.').nullable(),
      }),
    },
  },
  refusals: [...BODY, 'NOT_FOUND', 'STATE_CONFLICT', 'LIMIT_REACHED'],
});

const deleteRoute = declareRoute({
  method: 'delete',
  path: '/dashboard/api-keys/{id}',
  operationId: 'deleteApiKey',
  tag: TAG,
  summary: 'Delete a key',
  description: 'Its former secrets go with it. In force everywhere within a second.',
  access: 'session',
  params,
  answers: { 200: { description: 'Gone', data: z.object({ id: z.string(), deleted: z.literal(true) }) } },
  refusals: ['NOT_FOUND'],
});

export const apiKeyRoutes = [createRoute, listRoute, getRoute, changeRoute, rotateRoute, deleteRoute];
