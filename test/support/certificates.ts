/** Certificates that openssl(1) makes for one test run; they protect nothing. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Files in PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

const ellipticKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** An authority, and what it signs; all in one folder. */
export class Authority {
  /** The file others trust it by. */
  readonly ca: string
  readonly #folder: string
  readonly #name: string

  private constructor(folder: string, name: string) {
    this.#folder = folder
    this.#name = name
    this.ca = join(folder, `${name}.pem`)
  }

  static async make(folder: string, name: string): Promise<Authority> {
    const authority = new Authority(folder, name)
    const subject = ['-subj', `/CN=${name}`, '-days', '2']
    const files = ['-keyout', authority.#file('key'), '-out', authority.ca]
    await run('openssl', ['req', '-x509', ...ellipticKey, ...files, ...subject])
    return authority
  }

  /** A certificate for a host, or for a client of that name. `days` may be negative: it has expired. */
  async issue(
    name: string,
    { file = name, days = 2 }: { readonly file?: string; readonly days?: number } = {},
  ): Promise<Identity> {
    const identity = { cert: join(this.#folder, `${file}.pem`), key: join(this.#folder, `${file}.key`) }
    const request = join(this.#folder, `${file}.csr`)
    const extensions = join(this.#folder, `${file}.ext`)
    writeFileSync(extensions, `subjectAltName=DNS:${name}\n`)
    await run('openssl', [
      'req',
      '-new',
      ...ellipticKey,
      '-keyout',
      identity.key,
      '-out',
      request,
      '-subj',
      `/CN=${name}`,
    ])
    const signer = ['-CA', this.ca, '-CAkey', this.#file('key'), '-CAcreateserial', '-extfile', extensions]
    await run('openssl', [
      'x509',
      '-req',
      '-in',
      request,
      ...signer,
      '-days',
      String(days),
      '-out',
      identity.cert,
    ])
    return identity
  }

  #file(extension: string): string {
    return join(this.#folder, `${this.#name}.${extension}`)
  }
}
