import { count, declareRoute, time } from '@pacspace/openapi';
import { z } from 'zod';
import { inviteBody } from './invitations.js';
import { roleBody, roleField } from './members.js';

const TAG = 'Administration';
const BODY = ['VALIDATION_FAILED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const;

const member = z
  .object({
    id: z.string(),
    email: z.email(),
    name: z.string(),
    role: roleField(),
    verified: z.boolean().meta({ description: 'Whether the e-mail address is.' }),
    createdAt: time('When the account was made.'),
  })
  .meta({ id: 'Member' });
const invitation = z
  .object({ id: z.string(), email: z.email(), role: roleField(), createdAt: time('When it was made.') })
  .meta({ id: 'Invitation' });
const params = (of: string) => z.object({ id: z.string().meta({ description: `Of the ${of}.` }) });
const deleted = z.object({ id: z.string(), deleted: z.literal(true) });

export const memberRoutes = [
  declareRoute({
    method: 'get',
    path: '/dashboard/members',
    operationId: 'listMembers',
    tag: TAG,
    summary: 'Who belongs to the tenant',
    access: 'session',
    answers: {
      200: {
        description: 'All, the first first',
        data: z.object({ items: z.array(member), total: count('Members in all.') }),
      },
    },
    example: {},
  }),
  declareRoute({
    method: 'post',
    path: '/dashboard/members/invitations',
    operationId: 'inviteMember',
    tag: TAG,
    summary: 'Invite somebody',
    description: 'A mail with a token to register with follows. Needs the role admin, and the role to give.',
    access: 'session',
    body: { content: { 'application/json': inviteBody.meta({ id: 'NewInvitation' }) } },
    answers: { 201: { description: 'Invited', data: invitation } },
    refusals: [...BODY, 'STATE_CONFLICT', 'LIMIT_REACHED'],
    example: { body: { email: 'colleague@example.com', role: 'viewer' } },
  }),
  declareRoute({
    method: 'get',
    path: '/dashboard/members/invitations',
    operationId: 'listInvitations',
    tag: TAG,
    summary: 'Invitations that nobody has used yet',
    access: 'session',
    answers: {
      200: {
        description: 'All, the latest first',
        data: z.object({ items: z.array(invitation), total: count('Invitations in all.') }),
      },
    },
    example: {},
  }),
  declareRoute({
    method: 'delete',
    path: '/dashboard/members/invitations/{id}',
    operationId: 'withdrawInvitation',
    tag: TAG,
    summary: 'Withdraw an invitation',
    access: 'session',
    params: params('invitation'),
    answers: { 200: { description: 'Its token is void', data: deleted } },
    refusals: ['NOT_FOUND'],
  }),
  declareRoute({
    method: 'patch',
    path: '/dashboard/members/{id}',
    operationId: 'changeMemberRole',
    tag: TAG,
    summary: 'Change a member’s role',
    description: 'In force with the member’s next request. There is always an owner.',
    access: 'session',
    params: params('member'),
    body: { content: { 'application/json': roleBody.meta({ id: 'RoleChange' }) } },
    answers: { 200: { description: 'The member as it is now', data: member } },
    refusals: [...BODY, 'NOT_FOUND', 'STATE_CONFLICT'],
  }),
  declareRoute({
    method: 'delete',
    path: '/dashboard/members/{id}',
    operationId: 'removeMember',
    tag: TAG,
    summary: 'Remove a member',
    description: 'The account and its sessions are gone; keys that it made stay. There is always an owner.',
    access: 'session',
    params: params('member'),
    answers: { 200: { description: 'Gone', data: deleted } },
    refusals: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
];
