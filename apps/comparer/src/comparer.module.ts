import { type DynamicModule, Module } from '@nestjs/common';
import { COMPARE_TOOLS, CompareController, type ControllerTools } from './compare.controller.js';

@Module({ controllers: [CompareController] })
export class ComparerModule {
  static with(tools: ControllerTools): DynamicModule {
    return { module: ComparerModule, providers: [{ provide: COMPARE_TOOLS, useValue: tools }] };
  }
}
