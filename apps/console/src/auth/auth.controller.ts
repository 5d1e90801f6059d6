import { Body, Controller, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { parseFields } from '@pacspace/http';
import { ApiError } from '@pacspace/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { accessRequestBody, requestAccess } from '../access/request-access.js';
import { memberActor, recordAudit, visitorActor } from '../audit/record-audit.js';
import { ConsoleTools } from '../console-tools.js';
import { memberOf } from '../http/access.js';
import { tokenField } from '../http/fields.js';
import { SessionCookie } from '../http/session-cookie.js';
import { Session } from '../store/entities.js';
import { logIn, loginBody } from './log-in.js';
import { register, registerBody } from './register.js';
import { requestReset, resetBody, resetPassword, resetRequestBody } from './reset-password.js';
import { endSessions } from './session-store.js';
import { verifyEmail } from './verify-email.js';

const PUBLIC = { access: 'public' } as const;
/** What concerns the member alone needs no more than being one. */
const ANY_MEMBER = { access: 'viewer' } as const;

@Controller('dashboard/auth')
export class AuthController {
  private readonly cookie: SessionCookie;

  constructor(private readonly tools: ConsoleTools) {
    this.cookie = new SessionCookie(tools.config.PUBLIC_URL);
  }

  @Post('request-access')
  @RouteConfig(PUBLIC)
  async requestAccess(@Req() request: FastifyRequest, @Body() body: unknown) {
    await requestAccess(this.tools, parseFields(accessRequestBody, body), request.ip);
    return {
      success: true,
      data: { state: 'received' },
      message: 'Your request is received. You will get a mail when it is approved.',
    };
  }

  @Post('register')
  @RouteConfig(PUBLIC)
  async register(@Req() request: FastifyRequest, @Body() body: unknown) {
    const registration = parseFields(registerBody, body);
    await register(this.tools, registration, visitorActor(request));
    return {
      success: true,
      data: { email: registration.email, state: 'verification-sent' },
      message: 'Open the link in the mail that you were sent, then log in.',
    };
  }

  @Get('verify')
  @RouteConfig(PUBLIC)
  async verify(@Req() request: FastifyRequest, @Query() query: unknown) {
    const { token } = parseFields(z.object({ token: tokenField() }), query);
    const { email } = await verifyEmail(this.tools, token, visitorActor(request));
    return { success: true, data: { email, verified: true } };
  }

  @Post('login')
  @RouteConfig(PUBLIC)
  async login(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ) {
    const credentials = parseFields(loginBody, body);
    const { account, session } = await logIn(this.tools, credentials, {
      actor: visitorActor(request),
      userAgent: request.headers['user-agent'] ?? '',
      presented: this.cookie.read(request.headers.cookie),
    });
    const { id, expiresAt, token, kind } = session;
    if (kind === 'cookie') {
      reply.header('set-cookie', this.cookie.set(token, this.tools.config.SESSION_HOURS * 3_600));
    }
    const { email, name, role, tenantId } = account;
    return {
      success: true,
      data: {
        account: { id: account.id, email, name, role, tenantId },
        session: { id, expiresAt, ...(kind === 'bearer' && { token }) },
      },
    };
  }

  @Post('logout')
  @RouteConfig(ANY_MEMBER)
  async logout(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    await this.endSession(request, memberOf(request).sessionId);
    reply.header('set-cookie', this.cookie.clear());
    return { success: true, data: { loggedOut: true } };
  }

  @Post('password/reset-request')
  @RouteConfig(PUBLIC)
  async requestReset(@Req() request: FastifyRequest, @Body() body: unknown) {
    const { email } = parseFields(resetRequestBody, body);
    await requestReset(this.tools, email, request.ip);
    return {
      success: true,
      data: { state: 'received' },
      message: 'If there is an account with this address, a mail is on its way.',
    };
  }

  @Post('password/reset')
  @RouteConfig(PUBLIC)
  async reset(@Req() request: FastifyRequest, @Body() body: unknown) {
    await resetPassword(this.tools, parseFields(resetBody, body), visitorActor(request));
    return { success: true, data: { state: 'changed' }, message: 'Log in with the new password.' };
  }

  @Get('me')
  me(@Req() request: FastifyRequest) {
    const { accountId, email, name, role, tenantId, organization, plan, sessionId } = memberOf(request);
    return {
      success: true,
      data: { id: accountId, email, name, role, tenantId, organization, plan, sessionId },
    };
  }

  @Get('sessions')
  async sessions(@Req() request: FastifyRequest) {
    const { accountId, sessionId } = memberOf(request);
    const sessions = await this.tools.store.manager.find(Session, {
      where: { accountId },
      order: { lastSeenAt: 'DESC' },
    });
    const items = sessions.map(({ id, kind, address, userAgent, createdAt, lastSeenAt, expiresAt }) => ({
      ...{ id, kind, address, userAgent, createdAt, lastSeenAt, expiresAt },
      current: id === sessionId,
    }));
    return { success: true, data: { items, total: items.length } };
  }

  /** Ends all sessions but the one that asks. */
  @Delete('sessions')
  @RouteConfig(ANY_MEMBER)
  async endOthers(@Req() request: FastifyRequest) {
    const member = memberOf(request);
    const ended = await this.tools.store.transaction(async (manager) => {
      const count = await endSessions(manager, member.accountId, member.sessionId);
      await recordAudit(manager, memberActor(request, member), {
        action: 'session.end-others',
        tenantId: member.tenantId,
        detail: { sessionsEnded: count },
      });
      return count;
    });
    return { success: true, data: { ended } };
  }

  @Delete('sessions/:id')
  @RouteConfig(ANY_MEMBER)
  async end(@Req() request: FastifyRequest, @Param('id') id: string) {
    if (!(await this.endSession(request, id))) throw new ApiError('NOT_FOUND', 'there is no such session');
    return { success: true, data: { ended: 1 } };
  }

  /** @returns whether the account has such a session. */
  private async endSession(request: FastifyRequest, id: string): Promise<boolean> {
    const member = memberOf(request);
    return await this.tools.store.transaction(async (manager) => {
      const { affected } = await manager.delete(Session, { id, accountId: member.accountId });
      if (affected !== 1) return false;
      await recordAudit(manager, memberActor(request, member), {
        action: 'session.end',
        tenantId: member.tenantId,
        target: id,
      });
      return true;
    });
  }
}
