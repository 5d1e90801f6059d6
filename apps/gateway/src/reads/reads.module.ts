import { Module } from '@nestjs/common';
import { GatewayResources } from '../gateway-resources.js';
import { CustomersController } from './customers/customers.controller.js';
import { DeriveController } from './derive/derive.controller.js';
import { EnvironmentController } from './environment.controller.js';
import { openReads } from './open-reads.js';
import { Reads } from './reads.js';
import { GetDeltaController } from './records/get-delta.controller.js';

@Module({
  controllers: [DeriveController, GetDeltaController, CustomersController, EnvironmentController],
  providers: [{ provide: Reads, useFactory: openReads, inject: [GatewayResources] }],
  exports: [Reads],
})
export class ReadsModule {}
