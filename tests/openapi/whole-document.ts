import { API_INFO, composeDocument, type RouteDeclaration } from '@pacspace/openapi';
import { consoleRoutes } from '../../apps/console/src/routes.js';
import { gatewayRoutes } from '../../apps/gateway/src/routes.js';

/** The routes of every app that the public origin answers for. */
export const allRoutes: readonly RouteDeclaration[] = [...gatewayRoutes, ...consoleRoutes];

export const wholeDocument = () => composeDocument(API_INFO, allRoutes);
