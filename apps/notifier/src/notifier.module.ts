import { type DynamicModule, Module } from '@nestjs/common';
import { TOLD_TOOLS, ToldController, type ToldTools } from './told.controller.js';

@Module({ controllers: [ToldController] })
export class NotifierModule {
  static with(tools: ToldTools): DynamicModule {
    return { module: NotifierModule, providers: [{ provide: TOLD_TOOLS, useValue: tools }] };
  }
}
