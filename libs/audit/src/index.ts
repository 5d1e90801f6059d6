export { type AuditOptions, type AuditReport, type SnapshotOptions, audit, auditSnapshot } from './audit.js';
export { type Unchecked } from './audit-tools.js';
export { type AuditFinding, type AuditPart } from './findings.js';
export { type KnownHead } from './logs/head-audit.js';
