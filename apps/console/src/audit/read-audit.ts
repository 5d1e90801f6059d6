import { type DataSource, LessThan, MoreThan } from 'typeorm';
import { AuditEvent } from '../store/entities.js';

export interface AuditFilter {
  /** Undefined: all tenants', and what belongs to none. */
  readonly tenantId?: string | undefined;
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly target?: string | undefined;
}

/** Newest first, those before the cursor. */
export async function listAudit(
  store: DataSource,
  filter: AuditFilter,
  { limit, before }: { readonly limit: number; readonly before: string | undefined },
): Promise<AuditEvent[]> {
  return await store.manager.find(AuditEvent, {
    where: { ...conditions(filter), ...(before !== undefined && { number: LessThan(before) }) },
    order: { number: 'DESC' },
    take: limit,
  });
}

const EXPORT_PAGE = 1_000;

/** The whole trail as text, a page of rows at a time, oldest first. */
export async function* exportAudit(
  store: DataSource,
  filter: AuditFilter,
  format: 'csv' | 'ndjson',
): AsyncGenerator<string> {
  if (format === 'csv') yield `${CSV_COLUMNS.join(',')}\r\n`;
  let after = '0';
  for (;;) {
    const page = await store.manager.find(AuditEvent, {
      where: { ...conditions(filter), number: MoreThan(after) },
      order: { number: 'ASC' },
      take: EXPORT_PAGE,
    });
    if (page.length > 0) yield page.map((event) => writeLine(event, format)).join('');
    const last = page.at(-1);
    if (last === undefined || page.length < EXPORT_PAGE) return;
    after = last.number;
  }
}

export function formatAudit(event: AuditEvent) {
  const { number, at, tenantId, actorKind, actorId, actorName, action, target, detail, address, traceId } =
    event;
  return {
    ...{ id: number, at, tenantId, actorKind, actorId, actorName, action, target, detail, address, traceId },
  };
}

function conditions({ tenantId, action, actorId, target }: AuditFilter) {
  return {
    ...(tenantId !== undefined && { tenantId }),
    ...(action !== undefined && { action }),
    ...(actorId !== undefined && { actorId }),
    ...(target !== undefined && { target }),
  };
}

const CSV_COLUMNS = [
  'id',
  'at',
  'tenantId',
  'actorKind',
  'actorId',
  'actorName',
  'action',
  'target',
  'detail',
  'address',
  'traceId',
] as const;

function writeLine(event: AuditEvent, format: 'csv' | 'ndjson'): string {
  const formatted = formatAudit(event);
  if (format === 'ndjson') return `${JSON.stringify(formatted)}\n`;
  const values: Record<string, unknown> = {
    ...formatted,
    at: formatted.at.toISOString(),
    detail: JSON.stringify(formatted.detail),
  };
  return `${CSV_COLUMNS.map((column) => csvField(values[column])).join(',')}\r\n`;
}

/** RFC 4180; what a spreadsheet would take for a formula is kept from being one. */
function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
