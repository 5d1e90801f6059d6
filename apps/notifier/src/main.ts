#!/usr/bin/env node
import 'reflect-metadata';
import { packageVersion, runApp } from '@pacspace/service';
import { notifierConfig } from './config.js';
import { serve } from './serve.js';

await runApp({
  name: 'notifier',
  version: packageVersion(import.meta.url),
  config: notifierConfig,
  main: serve,
});
