import { declareRoute, recordId } from '@pacspace/openapi';
import { z } from 'zod';
import { failedDelta, verifiedDelta, waitingDelta } from '../answers.js';
import { deltaParams } from './get-delta.controller.js';

export const getDeltaRoute = declareRoute({
  method: 'get',
  path: '/api/v1/balance/delta/{recordId}',
  operationId: 'getDelta',
  tag: 'Recording',
  summary: 'What became of a delta',
  description: 'QUEUED and PROCESSING pass; VERIFIED and FAILED are final.',
  access: 'key',
  params: z.object({ recordId: recordId() }),
  query: deltaParams,
  answers: { 200: { description: 'The delta', data: z.union([verifiedDelta, waitingDelta, failedDelta]) } },
  refusals: ['VALIDATION_FAILED', 'NOT_FOUND'],
});
