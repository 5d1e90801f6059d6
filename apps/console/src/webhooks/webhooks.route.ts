import { count, declareRoute, time } from '@pacspace/openapi';
import { deliveryLogAnswer, endpointChange, endpointMembers, eventId, replayInput } from '@pacspace/webhooks';
import { z } from 'zod';
import { createBody, deliveriesQuery, webhooksQuery } from './webhooks.controller.js';

const TAG = 'Webhooks';
const BODY = ['VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'UNAVAILABLE'] as const;
const params = z.object({ id: z.string().meta({ description: 'Of the webhook.' }) });
const access = 'session';

const members = { ...endpointMembers, environment: z.enum(['test', 'live']) };
const webhook = z.object(members).meta({ id: 'Webhook' });
const secret = z
  .string()
  .regex(/^whsec_/)
  .meta({ description: 'What deliveries are signed with; shown this once.' });

const createRoute = declareRoute({
  method: 'post',
  path: '/dashboard/webhooks',
  operationId: 'createWebhook',
  tag: TAG,
  summary: 'Have events sent to a URL',
  description: 'Needs the role admin. https; no inside address.',
  access,
  body: { content: { 'application/json': createBody.meta({ id: 'NewWebhook' }) } },
  answers: {
    201: {
      description: 'The webhook, with its secret',
      data: z.object({ ...members, secret }).meta({ id: 'WebhookWithSecret' }),
      links: { webhook: { operationId: 'getWebhook', parameters: { id: '$response.body#/data/id' } } },
    },
  },
  refusals: [...BODY, 'ENVIRONMENT_NOT_READY', 'LIMIT_REACHED'],
  example: {
    body: { url: 'https://example.com/pacspace', events: ['delta.verified', 'checkpoint.verified'] },
  },
});

const listRoute = declareRoute({
  method: 'get',
  path: '/dashboard/webhooks',
  operationId: 'listWebhooks',
  tag: TAG,
  summary: 'The webhooks of an environment, the oldest first',
  access,
  query: webhooksQuery,
  answers: {
    200: {
      description: 'One page; never a secret',
      data: z.object({
        webhooks: z.array(webhook),
        pagination: z.object({
          page: count('Which page this is, from 1.'),
          limit: count('Webhooks on a page.'),
          total: count('Webhooks in all.'),
        }),
      }),
    },
  },
  refusals: ['VALIDATION_FAILED', 'ENVIRONMENT_NOT_READY', 'UNAVAILABLE'],
  example: { query: { page: '1', limit: '25' } },
});

const getRoute = declareRoute({
  method: 'get',
  path: '/dashboard/webhooks/{id}',
  operationId: 'getWebhook',
  tag: TAG,
  summary: 'One webhook',
  access,
  params,
  answers: { 200: { description: 'The webhook', data: webhook } },
  refusals: ['NOT_FOUND', 'UNAVAILABLE'],
});

const changeRoute = declareRoute({
  method: 'patch',
  path: '/dashboard/webhooks/{id}',
  operationId: 'changeWebhook',
  tag: TAG,
  summary: 'Change where a webhook leads, what it hears of, or whether',
  description: 'Needs the role admin. In force within a second.',
  access,
  params,
  body: { content: { 'application/json': endpointChange.meta({ id: 'WebhookChange' }) } },
  answers: { 200: { description: 'The webhook as it is now', data: webhook } },
  refusals: [...BODY, 'NOT_FOUND'],
});

const deleteRoute = declareRoute({
  method: 'delete',
  path: '/dashboard/webhooks/{id}',
  operationId: 'deleteWebhook',
  tag: TAG,
  summary: 'Delete a webhook',
  access,
  params,
  answers: { 200: { description: 'Gone', data: z.object({ id: z.string(), deleted: z.literal(true) }) } },
  refusals: ['NOT_FOUND', 'UNAVAILABLE'],
});

const testRoute = declareRoute({
  method: 'post',
  path: '/dashboard/webhooks/{id}/test',
  operationId: 'testWebhook',
  tag: TAG,
  summary: 'Send a test event',
  description: 'Needs the role admin. What becomes of it is in the log of deliveries.',
  access,
  params,
  answers: {
    201: {
      description: 'It is on its way',
      data: z.object({ eventId: eventId(), event: z.literal('webhook.test'), queuedAt: time('Now.') }),
    },
  },
  refusals: ['NOT_FOUND', 'STATE_CONFLICT', 'UNAVAILABLE'],
});

const rotateRoute = declareRoute({
  method: 'post',
  path: '/dashboard/webhooks/{id}/rotate-secret',
  operationId: 'rotateWebhookSecret',
  tag: TAG,
  summary: 'Give a webhook a new secret',
  description: 'Needs the role admin. For a day the previous one signs beside it.',
  access,
  params,
  answers: {
    201: {
      description: 'The new secret',
      data: z.object({ id: z.string(), secret, previousSecretValidUntil: time('A day from now.') }),
    },
  },
  refusals: ['NOT_FOUND', 'UNAVAILABLE'],
});

const deliveriesRoute = declareRoute({
  method: 'get',
  path: '/dashboard/webhooks/{id}/deliveries',
  operationId: 'listWebhookDeliveries',
  tag: TAG,
  summary: 'What was sent to a webhook and what became of it, the latest first',
  access,
  params,
  query: deliveriesQuery,
  answers: { 200: { description: 'One page', data: deliveryLogAnswer } },
  refusals: ['VALIDATION_FAILED', 'NOT_FOUND', 'UNAVAILABLE'],
});

const replayRoute = declareRoute({
  method: 'post',
  path: '/dashboard/webhooks/{id}/replay',
  operationId: 'replayDeliveries',
  tag: TAG,
  summary: 'Send again: one event, or what failed since a time, or all of a range of time',
  description: 'Needs the role admin.',
  access,
  params,
  body: { content: { 'application/json': replayInput.meta({ id: 'Replay' }) } },
  answers: {
    201: {
      description: 'They are on their way',
      data: z.object({
        queued: count('Deliveries that begin anew.'),
        more: z.boolean().meta({ description: 'Not all: ask again from nextSince.' }),
        nextSince: time('Where to go on.').optional(),
      }),
    },
  },
  refusals: [...BODY, 'NOT_FOUND', 'STATE_CONFLICT'],
});

export const webhookRoutes = [
  createRoute,
  listRoute,
  getRoute,
  changeRoute,
  testRoute,
  rotateRoute,
  deliveriesRoute,
  replayRoute,
  deleteRoute,
];
