import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, Secret, Service, ServiceAccount } from 'kubernetes-models/v1';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import ts from 'typescript';
import { repoDir } from '../../tools/workspace.mjs';

/** A rendered Kubernetes object; the schema checks hold it against what its kind may have. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is what tests check
  readonly [key: string]: any;
}

/** Models made from the OpenAPI documents of Kubernetes and KEDA, by the modules that they are in. */
const MODELS = {
  'kubernetes-models/apps/v1': { Deployment, StatefulSet },
  'kubernetes-models/autoscaling/v2': { HorizontalPodAutoscaler },
  'kubernetes-models/batch/v1': { Job },
  'kubernetes-models/networking.k8s.io/v1': { Ingress, NetworkPolicy },
  'kubernetes-models/policy/v1': { PodDisruptionBudget },
  'kubernetes-models/v1': { ConfigMap, Namespace, Secret, Service, ServiceAccount },
  '@kubernetes-models/keda/keda.sh/v1alpha1': { ScaledObject },
};

type Model = new (data: never) => { readonly apiVersion: string; readonly kind: string; validate(): void };

const known = Object.entries(MODELS).flatMap(([module, models]) =>
  Object.entries(models as Record<string, Model & { readonly apiVersion: string }>).map(([kind, model]) => ({
    ...{ module, kind, model },
    id: `${model.apiVersion} ${kind}`,
  })),
);

const idOf = ({ apiVersion, kind }: Manifest): string => `${apiVersion} ${kind}`;
const nameOf = (manifest: Manifest): string => `${manifest.kind} ${manifest.metadata.name}`;

/**
 * Against the schemas, as an API server does it: values and formats by the schema's compiled validators, and names, which
 * those let pass, by the types made of the same schema: a literal with a property that its type does not have is an
 * error to the compiler. That is what finds `replica: 3`.
 * @returns what is wrong; empty when nothing is
 */
export function findFaults(manifests: readonly Manifest[]): string[] {
  const unknown = manifests.filter((one) => !known.some(({ id }) => id === idOf(one)));
  const checkable = manifests.filter((one) => !unknown.includes(one));
  return [
    ...unknown.map((one) => `${nameOf(one)}: no schema for ${idOf(one)}`),
    ...checkable.flatMap(validate),
    ...findUnknownNames(checkable),
  ];
}

function validate(manifest: Manifest): string[] {
  const { model: Kind } = known.find(({ id }) => id === idOf(manifest))!;
  try {
    new Kind(manifest as never).validate();
    return [];
  } catch (error) {
    return [`${nameOf(manifest)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Beside this file, so that modules are found as they are from here; never written. */
const VIRTUAL_FILE = join(repoDir, 'tests/deploy/rendered-manifests.ts');

function findUnknownNames(manifests: readonly Manifest[]): string[] {
  const imports = known.map(({ module, kind }) => `import type { I${kind} } from '${module}';`);
  const lines = [...imports, ...manifests.map((one) => `(${JSON.stringify(one)}) satisfies I${one.kind};`)];
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
  };
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (file) => file === VIRTUAL_FILE || fileExists(file);
  host.readFile = (file) => (file === VIRTUAL_FILE ? lines.join('\n') : readFile(file));
  host.getSourceFile = (file, languageVersion, ...rest) =>
    file === VIRTUAL_FILE
      ? ts.createSourceFile(file, lines.join('\n'), languageVersion)
      : getSourceFile(file, languageVersion, ...rest);
  const program = ts.createProgram([VIRTUAL_FILE], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0;
    const manifest = manifests[line - imports.length];
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    return manifest === undefined ? text : `${nameOf(manifest)}: ${text}`;
  });
}

/** @returns the text of a file of the repository */
export function readRepoFile(path: string): string {
  return readFileSync(join(repoDir, path), 'utf8');
}
