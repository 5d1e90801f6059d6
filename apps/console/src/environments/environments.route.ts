import { count, declareRoute, time } from '@pacspace/openapi';
import { z } from 'zod';
import { provisionBody } from './environments.controller.js';

const TAG = 'Environments';

const state = z
  .enum(['deploying', 'active', 'suspended', 'not_provisioned'])
  .meta({ description: 'Keys are made, and taken, while it is active.' });

const members = {
  environment: z.enum(['test', 'live']).meta({ description: 'As keys name it: pk_test_… or pk_live_….' }),
  name: z.enum(['sandbox', 'production']),
  state,
  baseUrl: z.url().meta({ description: 'Where its keys are used.' }),
};

const environment = z
  .object({
    id: z.string().nullable(),
    ...members,
    createdAt: time('When it was provisioned.').nullable(),
  })
  .meta({ id: 'Environment' });

export const environmentRoutes = [
  declareRoute({
    method: 'get',
    path: '/dashboard/environments',
    operationId: 'listEnvironments',
    tag: TAG,
    summary: 'Sandbox and production',
    access: 'session',
    answers: {
      200: {
        description: 'Both, whether or not they are provisioned',
        data: z.object({
          items: z.array(environment),
          environments: z.array(environment).meta({ description: 'The same as items.' }),
          total: count('How many there are.'),
        }),
      },
    },
    example: {},
  }),
  declareRoute({
    method: 'get',
    path: '/dashboard/environments/environment-status',
    operationId: 'getEnvironmentStatus',
    tag: TAG,
    summary: 'How far the environments are',
    access: 'session',
    answers: {
      200: {
        description: 'Both',
        data: z.object({ sandbox: z.object({ state }), production: z.object({ state }) }),
      },
    },
    example: {},
  }),
  declareRoute({
    method: 'post',
    path: '/dashboard/environments/provision',
    operationId: 'provisionEnvironment',
    tag: TAG,
    summary: 'Make an environment',
    description: 'One that is there stays as it is. The plan must allow something in it.',
    access: 'session',
    body: { content: { 'application/json': provisionBody.meta({ id: 'Provision' }) } },
    answers: {
      201: { description: 'It is there', data: z.object({ id: z.string(), ...members }) },
    },
    refusals: ['VALIDATION_FAILED', 'PLAN_LIMIT_EXCEEDED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'],
    example: { body: { environment: 'sandbox' } },
  }),
];
