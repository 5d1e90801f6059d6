import { type DynamicModule, Module } from '@nestjs/common';
import { OperatorController } from './access/operator.controller.js';
import { AuditController, OperatorAuditController } from './audit/audit.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { BillingController } from './billing/billing.controller.js';
import { ConsoleTools } from './console-tools.js';
import { EnvironmentsController } from './environments/environments.controller.js';
import { ApiKeysController } from './keys/api-keys.controller.js';
import { MembersController } from './members/members.controller.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';

@Module({
  controllers: [
    AuthController,
    OperatorController,
    ApiKeysController,
    EnvironmentsController,
    BillingController,
    AuditController,
    OperatorAuditController,
    MembersController,
    WebhooksController,
  ],
})
export class ConsoleModule {
  static with(tools: ConsoleTools): DynamicModule {
    return {
      module: ConsoleModule,
      providers: [{ provide: ConsoleTools, useValue: tools }],
      exports: [ConsoleTools],
    };
  }
}
