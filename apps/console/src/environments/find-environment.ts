import { ApiError } from '@pacspace/wire';
import type { EntityManager } from 'typeorm';
import { Environment, type EnvironmentKind } from '../store/entities.js';

/** The tenant's environment. @throws ApiError ENVIRONMENT_NOT_READY when it is not provisioned, or not active. */
export async function findEnvironment(
  manager: EntityManager,
  tenantId: string,
  kind: EnvironmentKind,
): Promise<Environment> {
  const environment = await manager.findOneBy(Environment, { tenantId, kind });
  if (environment?.state === 'active') return environment;
  const name = kind === 'test' ? 'sandbox' : 'production';
  throw new ApiError(
    'ENVIRONMENT_NOT_READY',
    environment === null ? `${name} is not provisioned yet` : `${name} is ${environment.state}`,
  );
}
