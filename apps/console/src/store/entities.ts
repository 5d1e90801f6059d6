import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The administrative tables as TypeORM reads and writes them. The migrations make them (libs/ledger); what must happen in
 * one atomic statement, such as using up a token, is SQL beside the function that does it.
 */

export type Role = 'owner' | 'admin' | 'manager' | 'viewer';
export type EnvironmentKind = 'test' | 'live';
export type EnvironmentState = 'deploying' | 'active' | 'suspended';
export type AccessState = 'pending' | 'approved' | 'denied' | 'registered';

@Entity({ schema: 'console', name: 'tenant' })
export class Tenant {
  @PrimaryColumn('text')
  id!: string;
  @Column('text')
  name!: string;
  @Column('text')
  plan!: string;
  @Column('text', { name: 'buyer_mode', nullable: true })
  buyerMode!: string | null;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
}

@Entity({ schema: 'console', name: 'environment' })
export class Environment {
  @PrimaryColumn('text')
  id!: string;
  @Column('text', { name: 'tenant_id' })
  tenantId!: string;
  @Column('text')
  kind!: EnvironmentKind;
  @Column('text')
  state!: EnvironmentState;
  @Column('bytea', { name: 'salt_key', select: false })
  saltKey!: Buffer;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
}

@Entity({ schema: 'console', name: 'api_key' })
export class ApiKey {
  @PrimaryColumn('text')
  id!: string;
  @Column('text', { name: 'environment_id' })
  environmentId!: string;
  @Column('text')
  name!: string;
  @Column('text', { name: 'public_id' })
  publicId!: string;
  @Column('bytea', { name: 'secret_hash', select: false })
  secretHash!: Buffer;
  @Column('text', { array: true })
  scopes!: string[];
  @Column('bool')
  active!: boolean;
  @Column({ type: 'timestamptz', name: 'expires_at', nullable: true })
  expiresAt!: Date | null;
  @Column({ type: 'timestamptz', name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;
  @Column('text', { name: 'created_by', nullable: true })
  createdBy!: string | null;
  @Column('text', { name: 'replaced_by', nullable: true })
  replacedBy!: string | null;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
}

@Entity({ schema: 'console', name: 'access_request' })
export class AccessRequest {
  @PrimaryColumn('text')
  id!: string;
  @Column('text')
  email!: string;
  @Column('text')
  name!: string;
  @Column('text')
  organization!: string;
  @Column('text', { name: 'buyer_mode' })
  buyerMode!: string;
  @Column('text', { name: 'use_case' })
  useCase!: string;
  @Column('text')
  state!: AccessState;
  @Column('text', { nullable: true })
  plan!: string | null;
  @Column('int4', { name: 'asked_times' })
  askedTimes!: number;
  @Column({ type: 'timestamptz', name: 'decided_at', nullable: true })
  decidedAt!: Date | null;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
}

@Entity({ schema: 'console', name: 'account' })
export class Account {
  @PrimaryColumn('text')
  id!: string;
  @Column('text', { name: 'tenant_id' })
  tenantId!: string;
  /** Lower case. */
  @Column('text')
  email!: string;
  @Column('text')
  name!: string;
  @Column('text')
  role!: Role;
  /** In the PHC string format. */
  @Column('text', { name: 'password_hash', select: false })
  passwordHash!: string;
  @Column({ type: 'timestamptz', name: 'verified_at', nullable: true })
  verifiedAt!: Date | null;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
}

@Entity({ schema: 'console', name: 'invitation' })
export class Invitation {
  @PrimaryColumn('text')
  id!: string;
  @Column('text', { name: 'tenant_id' })
  tenantId!: string;
  @Column('text')
  email!: string;
  @Column('text')
  role!: Role;
  @Column('text', { name: 'invited_by' })
  invitedBy!: string;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
}

@Entity({ schema: 'console', name: 'session' })
export class Session {
  @PrimaryColumn('text')
  id!: string;
  @Column('bytea', { name: 'token_hash', select: false })
  tokenHash!: Buffer;
  @Column('text', { name: 'account_id' })
  accountId!: string;
  @Column('text')
  kind!: 'cookie' | 'bearer';
  @Column('text')
  address!: string;
  @Column('text', { name: 'user_agent' })
  userAgent!: string;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
  @Column({ type: 'timestamptz', name: 'last_seen_at', insert: false, update: false })
  lastSeenAt!: Date;
  @Column({ type: 'timestamptz', name: 'expires_at' })
  expiresAt!: Date;
}

@Entity({ schema: 'console', name: 'mail' })
export class Mail {
  @PrimaryColumn({ type: 'int8', insert: false })
  number!: string;
  @Column('text')
  kind!: string;
  @Column('text')
  recipient!: string;
  @Column('text', { name: 'subject_id' })
  subjectId!: string;
  @Column('int4')
  attempts!: number;
  @Column('text', { nullable: true })
  outcome!: 'sent' | 'shown' | 'nobody' | 'given-up' | null;
  @Column('text', { nullable: true })
  failure!: string | null;
  @Column('text', { nullable: true })
  shown!: string | null;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt!: Date;
}

@Entity({ schema: 'console', name: 'audit_event' })
export class AuditEvent {
  @PrimaryColumn({ type: 'int8', insert: false })
  number!: string;
  @Column({ type: 'timestamptz', insert: false, update: false })
  at!: Date;
  @Column('text', { name: 'tenant_id', nullable: true })
  tenantId!: string | null;
  @Column('text', { name: 'actor_kind' })
  actorKind!: 'account' | 'operator' | 'visitor';
  @Column('text', { name: 'actor_id', nullable: true })
  actorId!: string | null;
  @Column('text', { name: 'actor_name', nullable: true })
  actorName!: string | null;
  @Column('text')
  action!: string;
  @Column('text', { nullable: true })
  target!: string | null;
  @Column('jsonb')
  detail!: object;
  @Column('text', { nullable: true })
  address!: string | null;
  @Column('text', { name: 'trace_id', nullable: true })
  traceId!: string | null;
}

export const ENTITIES = [
  Tenant,
  Environment,
  ApiKey,
  AccessRequest,
  Account,
  Invitation,
  Session,
  Mail,
  AuditEvent,
];
