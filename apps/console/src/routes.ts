import type { RouteDeclaration } from '@pacspace/openapi';
import { auditRoutes } from './audit/audit.route.js';
import { authRoutes, logoutRoute } from './auth/auth.route.js';
import { billingRoutes } from './billing/billing.route.js';
import { environmentRoutes } from './environments/environments.route.js';
import { apiKeyRoutes } from './keys/api-keys.route.js';
import { memberRoutes } from './members/members.route.js';
import { webhookRoutes } from './webhooks/webhooks.route.js';

/** Every route of this app below /dashboard, in an order in which their examples can be sent. */
export const consoleRoutes: readonly RouteDeclaration[] = [
  ...authRoutes,
  ...environmentRoutes,
  ...apiKeyRoutes,
  ...webhookRoutes,
  ...memberRoutes,
  ...billingRoutes,
  ...auditRoutes,
  logoutRoute,
];
