import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { parseFields } from '@pacspace/http';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { byMember } from '../audit/record-audit.js';
import { ConsoleTools } from '../console-tools.js';
import { memberOf } from '../http/access.js';
import { pageFields } from '../http/fields.js';
import {
  changeKey,
  changeKeyBody,
  createKey,
  createKeyBody,
  deleteKey,
  findKey,
  type KeyOfTenant,
  type KeyWithSecret,
  listKeys,
  rotateKey,
  rotateKeyBody,
} from './api-keys.js';

export const listQuery = z.object(pageFields);

const MANAGER = { access: 'manager' } as const;

@Controller('dashboard/api-keys')
export class ApiKeysController {
  constructor(private readonly tools: ConsoleTools) {}

  @Post()
  @RouteConfig(MANAGER)
  async create(@Req() request: FastifyRequest, @Body() body: unknown) {
    const created = await createKey(this.tools, parseFields(createKeyBody, body), byMember(request));
    return { success: true, data: withSecret(created), message: 'The secret is shown this once: keep it.' };
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { page, limit } = parseFields(listQuery, query);
    const { items, total } = await listKeys(this.tools, memberOf(request).tenantId, { page, limit });
    return { success: true, data: { items: items.map(format), total, page, limit } };
  }

  @Get(':id')
  async get(@Req() request: FastifyRequest, @Param('id') id: string) {
    return {
      success: true,
      data: format(await findKey(this.tools.store.manager, memberOf(request).tenantId, id)),
    };
  }

  @Patch(':id')
  @RouteConfig(MANAGER)
  async change(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown) {
    const changes = parseFields(changeKeyBody, body);
    return {
      success: true,
      data: format(await changeKey(this.tools, id, { changes, ...byMember(request) })),
    };
  }

  @Post(':id/rotate')
  @RouteConfig(MANAGER)
  async rotate(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown) {
    const { overlapSeconds } = parseFields(rotateKeyBody, body ?? {});
    const rotated = await rotateKey(this.tools, id, { overlapSeconds, ...byMember(request) });
    return {
      success: true,
      data: { ...withSecret(rotated), formerExpiresAt: rotated.formerExpiresAt },
      message: 'The secret is shown this once: keep it.',
    };
  }

  @Delete(':id')
  @RouteConfig(MANAGER)
  @HttpCode(200)
  async delete(@Req() request: FastifyRequest, @Param('id') id: string) {
    await deleteKey(this.tools, id, byMember(request));
    return { success: true, data: { id, deleted: true } };
  }
}

function format({ key, kind }: KeyOfTenant): object {
  const { id, name, active, scopes, createdAt, lastUsedAt, expiresAt, replacedBy, publicId } = key;
  const publicKey = `pk_${kind}_${publicId}`;
  return {
    id,
    name,
    environment: kind,
    publicKey,
    active,
    scopes,
    createdAt,
    lastUsedAt,
    expiresAt,
    replacedBy,
  };
}

function withSecret({ secret, ...rest }: KeyWithSecret): object {
  const publicKey = `pk_${rest.kind}_${rest.key.publicId}`;
  return { ...format(rest), secretKey: secret, fullKey: `${publicKey}.${secret}` };
}
