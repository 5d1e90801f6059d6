import { type DynamicModule, Global, Module } from '@nestjs/common';
import { GatewayResources } from './gateway-resources.js';
import { IngestModule } from './ingest/ingest.module.js';
import { ReadsModule } from './reads/reads.module.js';

@Global()
@Module({ imports: [IngestModule, ReadsModule] })
export class GatewayModule {
  static with(resources: GatewayResources): DynamicModule {
    return {
      module: GatewayModule,
      providers: [{ provide: GatewayResources, useValue: resources }],
      exports: [GatewayResources],
    };
  }
}
