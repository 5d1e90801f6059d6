import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiError } from '@pacspace/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseQuery, textParam } from '../reads/query.js';
import { orUnavailable } from '../reads/unavailable.js';
import { LogFiles } from './log-files.js';

const PREFIX = '/log/';
const FOR_EVER = 'public, max-age=31536000, immutable';
/** A head is published at most every second. */
const FOR_A_SECOND = 'public, max-age=1';

export const keyParams = z.object({ origin: textParam(400) });

/** Public, without a key: verifiers are strangers, and may run in a browser. */
@Controller()
export class LogController {
  constructor(private readonly files: LogFiles) {}

  @Get('log/*')
  async file(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const path = decodePath(request.url);
    const file = path === undefined ? undefined : await orUnavailable(() => this.files.find(path));
    if (file === undefined) throw new ApiError('NOT_FOUND', 'no log has such a file, or not yet');
    reply
      .type(file.contentType)
      .header('cache-control', file.immutable ? FOR_EVER : FOR_A_SECOND)
      .header('access-control-allow-origin', '*')
      .send(typeof file.body === 'string' ? file.body : Buffer.from(file.body));
  }

  @Get('.well-known/pacspace-log-keys')
  async keys(@Query() query: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { origin } = parseQuery(keyParams, query);
    const keys = await orUnavailable(() => this.files.listKeys(origin));
    reply
      .header('cache-control', 'public, max-age=60')
      .header('access-control-allow-origin', '*')
      .send({ keys });
  }
}

function decodePath(url: string): string | undefined {
  const path = url.split('?', 1)[0] ?? '';
  try {
    return decodeURIComponent(path.slice(PREFIX.length));
  } catch {
    return undefined;
  }
}
