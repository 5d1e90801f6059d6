import type { RouteDeclaration } from '@pacspace/openapi';
import {
  issueAccessTokenRoute,
  listAccessTokensRoute,
  revokeAccessTokenRoute,
} from './access-tokens/access-tokens.route.js';
import { createCheckpoint, listCheckpoints } from './checkpoints/checkpoints.route.js';
import { logFileRoute, logKeysRoute } from './checkpoints/log.route.js';
import { compareRoute, comparisonRoute, comparisonsRoute } from './compare/compare.route.js';
import { findingsRoute, summaryRoute } from './compare/findings/findings.route.js';
import {
  statementContentRoute,
  statementRoute as partyStatementRoute,
  statementsRoute,
  uploadStatementRoute,
} from './compare/statements/statements.route.js';
import { emitBatchRoute } from './ingest/emit-batch.route.js';
import { emitDelta } from './ingest/emit-delta.route.js';
import {
  getCustomerRoute,
  listCustomersRoute,
  summarizeCustomersRoute,
} from './reads/customers/customers.route.js';
import { deriveRoute } from './reads/derive/derive.route.js';
import { gapsRoute, limitsRoute, usageRoute } from './reads/environment.route.js';
import { getDeltaRoute } from './reads/records/get-delta.route.js';
import {
  listReceiptsRoute,
  periodReceiptRoute,
  receiptRoute,
  statementRoute,
} from './receipts/receipts.route.js';
import { verifyReceiptRoute, verifyRoute, verifyStatementRoute } from './receipts/verify.route.js';
import { deliveryLogRoute, retryDeliveryRoute } from './webhooks/webhooks.route.js';

/** Every route of this app, in the order in which the document has them, and in which tests send their examples. */
export const gatewayRoutes: readonly RouteDeclaration[] = [
  emitDelta,
  getDeltaRoute,
  emitBatchRoute,
  deriveRoute,
  usageRoute,
  limitsRoute,
  gapsRoute,
  listCustomersRoute,
  summarizeCustomersRoute,
  getCustomerRoute,
  compareRoute,
  comparisonRoute,
  comparisonsRoute,
  findingsRoute,
  summaryRoute,
  uploadStatementRoute,
  statementsRoute,
  partyStatementRoute,
  statementContentRoute,
  createCheckpoint,
  listCheckpoints,
  receiptRoute,
  listReceiptsRoute,
  periodReceiptRoute,
  statementRoute,
  issueAccessTokenRoute,
  listAccessTokensRoute,
  revokeAccessTokenRoute,
  deliveryLogRoute,
  retryDeliveryRoute,
  verifyRoute,
  verifyStatementRoute,
  verifyReceiptRoute,
  logFileRoute,
  logKeysRoute,
];
