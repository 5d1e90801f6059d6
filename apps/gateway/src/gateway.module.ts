import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AccessTokensModule } from './access-tokens/access-tokens.module.js';
import { CheckpointsModule } from './checkpoints/checkpoints.module.js';
import { CompareModule } from './compare/compare.module.js';
import { GatewayResources } from './gateway-resources.js';
import { IngestModule } from './ingest/ingest.module.js';
import { ReadsModule } from './reads/reads.module.js';
import { ReceiptsModule } from './receipts/receipts.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

@Global()
@Module({
  imports: [
    IngestModule,
    ReadsModule,
    CheckpointsModule,
    CompareModule,
    ReceiptsModule,
    AccessTokensModule,
    WebhooksModule,
  ],
})
export class GatewayModule {
  static with(resources: GatewayResources): DynamicModule {
    return {
      module: GatewayModule,
      providers: [{ provide: GatewayResources, useValue: resources }],
      exports: [GatewayResources],
    };
  }
}
