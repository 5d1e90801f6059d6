import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { parseFields } from '@pacspace/http';
import type { FastifyRequest } from 'fastify';
import { byMember } from '../audit/record-audit.js';
import { ConsoleTools } from '../console-tools.js';
import { memberOf } from '../http/access.js';
import type { Account, Invitation } from '../store/entities.js';
import { invite, inviteBody, listInvitations, withdrawInvitation } from './invitations.js';
import { changeRole, listMembers, removeMember, roleBody } from './members.js';

/** Who belongs to the tenant, and as what. */
@Controller('dashboard/members')
export class MembersController {
  constructor(private readonly tools: ConsoleTools) {}

  @Get()
  async list(@Req() request: FastifyRequest) {
    const members = await listMembers(this.tools, memberOf(request).tenantId);
    return { success: true, data: { items: members.map(formatMember), total: members.length } };
  }

  @Get('invitations')
  @RouteConfig({ access: 'admin' })
  async invitations(@Req() request: FastifyRequest) {
    const found = await listInvitations(this.tools, memberOf(request).tenantId);
    return { success: true, data: { items: found.map(formatInvitation), total: found.length } };
  }

  @Post('invitations')
  async invite(@Req() request: FastifyRequest, @Body() body: unknown) {
    const invitation = await invite(this.tools, parseFields(inviteBody, body), byMember(request));
    return {
      success: true,
      data: formatInvitation(invitation),
      message: 'The invitation is sent by mail; it can be used once.',
    };
  }

  @Delete('invitations/:id')
  @HttpCode(200)
  async withdraw(@Req() request: FastifyRequest, @Param('id') id: string) {
    await withdrawInvitation(this.tools, id, byMember(request));
    return { success: true, data: { id, deleted: true } };
  }

  @Patch(':id')
  async changeRole(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown) {
    const { role } = parseFields(roleBody, body);
    return {
      success: true,
      data: formatMember(await changeRole(this.tools, id, { role, ...byMember(request) })),
    };
  }

  @Delete(':id')
  @HttpCode(200)
  async remove(@Req() request: FastifyRequest, @Param('id') id: string) {
    await removeMember(this.tools, id, byMember(request));
    return { success: true, data: { id, deleted: true } };
  }
}

function formatMember({ id, email, name, role, verifiedAt, createdAt }: Account): object {
  return { id, email, name, role, verified: verifiedAt !== null, createdAt };
}

function formatInvitation({ id, email, role, createdAt }: Invitation): object {
  return { id, email, role, createdAt };
}
