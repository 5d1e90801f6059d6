import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RequestMethod } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { checkAnswer } from '@pacspace/testing';
import { PROBLEM_CONTENT_TYPE, type ProblemBody } from '@pacspace/wire';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import 'reflect-metadata';
import { ConsoleModule } from '../../apps/console/src/console.module.js';
import { GatewayModule } from '../../apps/gateway/src/gateway.module.js';
import { writeApiTypes } from './api-types.js';
import { allRoutes, wholeDocument } from './whole-document.js';

const FILE = join(import.meta.dirname, '../../docs/openapi.json');
const TYPES = join(import.meta.dirname, '../../libs/sdk/src/api-types.ts');
const document = wholeDocument();
const text = `${JSON.stringify(document, null, 2)}\n`;
const types = await writeApiTypes(document);
if (process.env['UPDATE_OPENAPI'] !== undefined) {
  writeFileSync(FILE, text);
  writeFileSync(TYPES, types);
}

type Content = Readonly<Record<string, { readonly examples?: Readonly<Record<string, unknown>> }>>;

type Type = abstract new (...args: never[]) => object;

/** Method and path of every handler of a Nest module and those that it imports. */
function routesOf(module: Type | { readonly module: Type }, seen = new Set<Type>()): string[] {
  const type = 'module' in module ? module.module : module;
  if (seen.has(type)) return [];
  seen.add(type);
  const imports = (Reflect.getMetadata('imports', type) ?? []) as Type[];
  const controllers = (Reflect.getMetadata('controllers', type) ?? []) as Type[];
  const own = controllers.flatMap((controller) => {
    const prefix = String(Reflect.getMetadata('path', controller));
    const prototype = controller.prototype as Record<string, object>;
    return Object.values(Object.getOwnPropertyDescriptors(prototype)).flatMap(({ value: handler }) => {
      if (handler === undefined || !Reflect.hasMetadata('method', handler)) return [];
      const method = RequestMethod[Number(Reflect.getMetadata('method', handler))]?.toLowerCase();
      const path = `/${prefix}/${String(Reflect.getMetadata('path', handler))}`
        .replaceAll(/\/+/g, '/')
        .replace(/(.)\/$/, '$1');
      return [`${method} ${path.replace('/log/*', '/log/{path}').replaceAll(/:(\w+)/g, '{$1}')}`];
    });
  });
  return [...own, ...imports.flatMap((one) => routesOf(one, seen))];
}

describe('docs/openapi.json', () => {
  it('is what the routes declare (UPDATE_OPENAPI=1 writes it)', () => {
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(text));
    expect(readFileSync(FILE, 'utf8')).toBe(text);
  });

  it("is what the SDK's types are made of (UPDATE_OPENAPI=1 writes them, too)", () => {
    expect(readFileSync(TYPES, 'utf8')).toBe(types);
  });

  it('has every route of every app, and none that is not there', () => {
    const declared = allRoutes.map(({ method, path }) => `${method} ${path}`);
    const found = [...routesOf(GatewayModule), ...routesOf(ConsoleModule)];
    // The operator's routes are not for the public origin: apps/console/README.md has them.
    const isPublic = (route: string) => !route.includes(' /operator/');
    expect(declared.toSorted()).toEqual(found.filter(isPublic).toSorted());
  });

  it('is a valid OpenAPI 3.1 document that a linter has nothing to say about', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      rules: {
        // Ids have prefixes: no report is called "statements".
        'no-ambiguous-paths': 'off',
        // Served by whoever runs it: the host is not known.
        'no-server-example.com': 'off',
        'no-empty-servers': 'off',
        'info-license-strict': 'error',
        'operation-operationId': 'error',
        'tag-description': 'error',
        'no-unused-components': 'error',
      },
    });
    const problems = await lintFromString({ source: text, config });
    expect(
      problems.map(({ message, ruleId, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`),
    ).toEqual([]);
  });

  it('has a tag that is described, and an example, for every operation that needs no id of another', () => {
    const names = new Set((document.tags ?? []).map(({ name }) => name));
    expect(allRoutes.filter(({ tag }) => !names.has(tag))).toEqual([]);
    // Those with an id in the path are reached by links, or by the end-to-end tests of their app.
    const mute = allRoutes
      .filter(({ example, path }) => example === undefined && !path.includes('{'))
      .map(({ operationId }) => operationId);
    // These need the token of a mail.
    expect(mute.toSorted()).toEqual(['resetPassword', 'verifyEmail']);
  });

  it('shows an example of each error under the status that it has, on every route', () => {
    const { examples = {} } = document.components ?? {};
    for (const { method, path } of allRoutes) {
      for (const [status, answer] of Object.entries(document.paths?.[path]?.[method]?.responses ?? {})) {
        const { content, description } = answer as { content?: Content; description: string };
        const refused = content?.[PROBLEM_CONTENT_TYPE];
        if (refused === undefined) continue;
        const named = [...description.matchAll(/`(\w+)`/g)].map(([, code]) => code!);
        expect({ path, status, codes: Object.keys(refused.examples ?? {}) }).toEqual({
          ...{ path, status },
          codes: named,
        });
        for (const code of named) {
          expect(refused.examples?.[code]).toEqual({ $ref: `#/components/examples/${code}` });
          const { value } = examples[code] as { value: ProblemBody };
          expect({ path, code: value.error.code ?? 'VALIDATION_FAILED', status: value.status }).toEqual({
            ...{ path, code },
            status: Number(status),
          });
        }
      }
    }
  });

  it.each(allRoutes.filter(({ example }) => example?.data !== undefined))(
    'has an example of an answer that its own schema takes: $operationId',
    ({ answers, example, method, path }) => {
      const [status, { content }] = Object.entries(answers)[0]!;
      checkAnswer({
        method: method.toUpperCase(),
        url: path.replaceAll(/[{}]/g, ''),
        answer: { status: Number(status), headers: new Headers({ 'content-type': 'application/json' }) },
        body: content === undefined ? { success: true, data: example!.data } : example!.data,
      });
    },
  );
});
