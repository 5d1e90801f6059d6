import { declareRoute, time } from '@pacspace/openapi';
import { z } from 'zod';
import { keyParams } from './log.controller.js';

export const logFileRoute = declareRoute({
  method: 'get',
  path: '/log/{path}',
  operationId: 'getLogFile',
  tag: 'The public log',
  summary: 'A file of a signed log',
  description:
    'After C2SP tlog-tiles: `{origin}/checkpoint`, `{origin}/tile/{level}/{index}`, `{origin}/tile/entries/{index}`. The path has slashes.',
  access: 'anybody',
  params: z.object({ path: z.string().meta({ description: 'The log’s origin and a file of it.' }) }),
  answers: {
    200: {
      description: 'The file',
      content: {
        'text/plain': z.string().meta({ description: 'The signed head.' }),
        'application/octet-stream': z.string().meta({ description: 'A tile.', format: 'binary' }),
      },
    },
  },
  refusals: ['NOT_FOUND'],
});

export const logKeysRoute = declareRoute({
  method: 'get',
  path: '/.well-known/pacspace-log-keys',
  operationId: 'listLogKeys',
  tag: 'The public log',
  summary: 'The keys that sign the logs',
  access: 'anybody',
  query: keyParams,
  answers: {
    200: {
      description: 'Of each log the newest key first',
      content: {
        'application/json': z
          .object({
            keys: z.array(
              z
                .object({
                  origin: z.string().meta({ description: 'The log’s name.' }),
                  verifierKey: z.string().meta({ description: 'After C2SP signed-note.' }),
                  validFrom: time('First head signed with it.'),
                  validUntil: time('When the next key took over.').optional(),
                  current: z.boolean(),
                })
                .meta({ id: 'LogKey' }),
            ),
          })
          .meta({ id: 'LogKeys' }),
      },
    },
  },
  refusals: ['VALIDATION_FAILED'],
  example: {},
});
