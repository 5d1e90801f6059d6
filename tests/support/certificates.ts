import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedServers } from '@pacspace/testing';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** An authority of a test's own, as a company has one for its inside hosts. */
export interface Authority {
  /** Its certificate's file (PEM), as NODE_EXTRA_CA_CERTS takes it. */
  readonly file: string;
  /** A certificate for a host, such as `IP:127.0.0.1` or `DNS:receiver.test`. */
  issue(host: string): Certificate;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function makeCertificate(folder: string, name: string, args: readonly string[]): Certificate {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const made = ['-x509', ...KEY, '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`];
  execFileSync('openssl', ['req', ...made, ...args], { stdio: 'pipe' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

const newFolder = () => mkdtempSync(join(sharedServers().runDir, 'certificates-'));

export function makeAuthority(): Authority {
  const folder = newFolder();
  makeCertificate(folder, 'authority', []);
  const [file, key] = [join(folder, 'authority.pem'), join(folder, 'authority.key')];
  let issued = 0;
  return {
    file,
    issue: (host) => {
      issued += 1;
      const signed = ['-CA', file, '-CAkey', key, '-addext', 'basicConstraints=critical,CA:FALSE'];
      return makeCertificate(folder, `receiver-${issued}`, [...signed, '-addext', `subjectAltName=${host}`]);
    },
  };
}

/** One that nobody answers for. */
export const selfSigned = (host: string): Certificate =>
  makeCertificate(newFolder(), 'self', ['-addext', `subjectAltName=${host}`]);
