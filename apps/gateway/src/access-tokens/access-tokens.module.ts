import { Module } from '@nestjs/common';
import { GatewayResources } from '../gateway-resources.js';
import { Reads } from '../reads/reads.js';
import { ReadsModule } from '../reads/reads.module.js';
import { AccessTokensController } from './access-tokens.controller.js';
import { AccessTokens } from './access-tokens.js';

@Module({
  imports: [ReadsModule],
  controllers: [AccessTokensController],
  providers: [{ provide: AccessTokens, useFactory: openAccessTokens, inject: [GatewayResources, Reads] }],
})
export class AccessTokensModule {}

function openAccessTokens({ config, pool }: GatewayResources, reads: Reads): AccessTokens {
  return new AccessTokens({ reads, pool, pepper: config.KEY_PEPPER });
}
