import { customerId, declareRoute, hash, pagination, period, time } from '@pacspace/openapi';
import { z } from 'zod';
import { listParams } from './access-tokens.controller.js';
import { MOST_DAYS, NAME_LENGTH } from './parse-token-body.js';

const tokenId = z
  .string()
  .regex(/^vat_[0-9a-f]{16}$/)
  .meta({ description: 'Names the token; shows nothing.' });

const members = {
  tokenId,
  name: z.string().optional(),
  customerId: customerId(),
  proofRoot: hash('It shows the records under this root.').optional(),
  period: period()
    .meta({ description: 'It shows the records of this month under each of its seals, later ones included.' })
    .optional(),
  active: z.boolean().meta({ description: 'Neither expired nor revoked.' }),
  createdAt: time('When it was given out.'),
  expiresAt: time('It shows nothing from then on.'),
  revokedAt: time('It has shown nothing since then.').optional(),
};

const accessToken = z
  .object(members)
  .meta({ id: 'AccessToken', description: 'Lets its holder see the records under a root.' });

const issued = z
  .object({
    ...members,
    accessToken: z
      .string()
      .meta({ description: 'What its holder sends as `Authorization: Bearer`. Shown only here.' }),
  })
  .meta({ id: 'IssuedAccessToken' });

const body = z
  .looseObject({
    proofRoot: z.string().meta({ description: 'Of a seal of one customer; or:' }).optional(),
    customerId: customerId().meta({ description: 'With period.' }).optional(),
    period: period().optional(),
    name: z.string().min(1).max(NAME_LENGTH).optional(),
    expiresAt: z
      .string()
      .meta({ description: `ISO 8601, at most ${MOST_DAYS} days ahead; in 30 days unless told.` })
      .optional(),
  })
  .meta({ id: 'AccessTokenRequest', description: 'What is to be shown: a root, or a customer’s month.' });

export const issueAccessTokenRoute = declareRoute({
  method: 'post',
  path: '/api/v1/balance/access-tokens',
  operationId: 'issueAccessToken',
  tag: 'Proving',
  summary: 'A token by which somebody without a key sees one customer’s records',
  description: 'For `verify` and what is below it. A key with the scope read gives it out.',
  access: 'key',
  body: { content: { 'application/json': body } },
  answers: {
    201: {
      description: 'The token; its secret is not kept',
      data: issued,
      links: {
        revoke: { operationId: 'revokeAccessToken', parameters: { tokenId: '$response.body#/data/tokenId' } },
      },
    },
  },
  refusals: [
    'VALIDATION_FAILED',
    'NOT_FOUND',
    'CUSTOMER_NOT_FOUND',
    'PAYLOAD_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  example: { body: { customerId: 'customer_001', period: '2026-11', name: 'auditor' } },
});

export const listAccessTokensRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/access-tokens',
  operationId: 'listAccessTokens',
  tag: 'Proving',
  summary: 'The access tokens, the latest first',
  access: 'key',
  query: listParams,
  answers: {
    200: {
      description: 'One page',
      data: z
        .object({
          accessTokens: z.array(accessToken),
          pagination: pagination('Tokens in all.'),
        })
        .meta({ id: 'AccessTokenList' }),
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: { query: { limit: '10' } },
});

export const revokeAccessTokenRoute = declareRoute({
  method: 'delete',
  path: '/api/v1/balance/access-tokens/{tokenId}',
  operationId: 'revokeAccessToken',
  tag: 'Proving',
  summary: 'Take an access token back',
  description: 'From the next request on it shows nothing.',
  access: 'key',
  params: z.object({ tokenId }),
  answers: { 200: { description: 'The token as it is now', data: accessToken } },
  refusals: ['NOT_FOUND'],
});
